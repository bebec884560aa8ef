import { formatEndpoint } from '../bytes/endpoint.ts'
import { firstFrom } from '../bytes/first-from.ts'
import { Remembered } from '../bytes/remembered.ts'
import { areShared, type BoundLine } from '../media/binding.ts'
import type { Keyring } from '../media/keyring.ts'
import { mediaOf, rtcpEndpoint, rtpEndpoint } from '../media/media-line.ts'
import { payloadTypeUses } from '../rtp/payload-type-use.ts'
import { holesOf } from '../rtp/stream-statistics.ts'
import { FRAMES_KEPT, type StreamTable } from '../rtp/stream-table.ts'
import type { Timelines } from '../rtp/timelines.ts'
import { currentAnswer, type Exchange } from '../sdp/exchange.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import type { RepeatList } from '../verify/repeat-list.ts'
import type { AnalysedStream } from './analysis.ts'
import { explanationEvidence } from './explanation.ts'
import { repeatedSrtcpIndex } from './srtcp-index.ts'
import { describeStream, firstPacketOf, lastPacketOf, otherClockOfStream } from './streams.ts'
import { timelineReader } from './timeline.ts'

/** What a stream is analysed by of the trace that it is in. */
export interface AnalysedTrace {
  readonly table: StreamTable
  readonly timelines: Timelines | undefined
  readonly repeats: RepeatList
  readonly keyring: Keyring
  readonly severalCaptures: boolean
  /** Calls by their Call-IDs, as the analysis numbers them. */
  readonly callIndex: ReadonlyMap<string, number>
  /** The exchanges of a call, in the order of their offers. */
  readonly exchangesOf: (call: number) => readonly Exchange[]
  readonly places: Places
}

/** Streams of one binding share what their lines are called in the analysis. */
type Places = Remembered<readonly BoundLine[], AnalysedStream['lines']>

/** Those of so many bindings are kept at a time. */
const MOST_PLACES = 1024

export function noPlaces(): Places {
  return new Remembered(MOST_PLACES)
}

/** A judged stream as rules see it. */
export function analyseStream(judged: JudgedStream, of: AnalysedTrace): AnalysedStream {
  const { table, timelines, repeats, keyring, severalCaptures, callIndex } = of
  const { stream, keying } = judged.plan
  const { binding } = keying
  const { verdict, neighbours } = judged
  const call = binding === undefined ? undefined : callIndex.get(binding.callId)
  const fails = verdict.failed > 0
  const firstAt = firstPacketOf(table, stream.id)
  const lastAt = lastPacketOf(table, stream.id)
  return {
    report: describeStream(judged, table, keyring, severalCaptures),
    timeline: timelines === undefined ? undefined : timelineReader(judged, table, timelines),
    firstAt,
    lastAt,
    source: { address: stream.sourceAddress, port: stream.sourcePort },
    destination: { address: stream.destinationAddress, port: stream.destinationPort },
    onWire: stream.turn?.client && stream.turn.server && [stream.turn.client, stream.turn.server],
    call,
    lines: binding === undefined || call === undefined ? NO_LINES : linesIn(call, binding.lines, of),
    match: binding?.match,
    verifiedUnder: verifiedUnder(verdict.underKeys, keyring),
    indexAgain: repeatedSrtcpIndex(judged, table, keyring),
    keying: keying.keying,
    agreedSource: agreedEndpoint(judged, 'source'),
    agreedDestination: agreedEndpoint(judged, 'destination'),
    dtlsOnFlow: neighbours.dtls,
    zrtpOnFlow: neighbours.zrtp,
    holes: holesOf(table, stream.id),
    isOfSeveralCalls: keying.nextCallFrom !== undefined,
    otherClock: otherClockOfStream(judged, table),
    payloadTypeUses: payloadTypeUses(table, stream.id, firstAt, lastAt),
    replaysAt:
      verdict.replays.length === 0
        ? undefined
        : verdict.replays.slice(0, FRAMES_KEPT).map(({ capture, frame }) => ({ capture, frame })),
    replayedTypes:
      verdict.replays.length === 0 || verdict.replays.length < verdict.replayed
        ? undefined
        : [...new Set(verdict.replays.map(({ payloadType }) => payloadType))],
    agreedPlain: verdict.agreedPlain,
    ...renumberingOf(judged, repeats),
    rocChanges: verdict.rocChanges.length === 0 ? undefined : verdict.rocChanges,
    firstFailedUs: fails ? verdict.firstFailedUs : undefined,
    failingEnd: fails ? verdict.failingEnd : undefined,
    lastFailedFrame: fails ? verdict.lastFailedFrame : undefined,
    explanationEvidence: fails ? explanationEvidence(judged) : undefined,
  }
}

/** Under one key and one counter the numbers of a source are its packets' indices: a receiver takes none for new that lies behind. */
function renumberingOf(
  { plan, verdict }: JudgedStream,
  repeats: RepeatList,
): Pick<AnalysedStream, 'setBack' | 'setForward'> {
  const { keys, nextCallFrom } = plan.keying
  // Where its numbers go on may be where the next call begins.
  if (nextCallFrom !== undefined || keys.length !== 1 || verdict.verified === 0 || verdict.rocChanges.length > 0)
    return NOT_RENUMBERED
  const { back, on } = repeats.renumberingOf(plan.stream.id, verdict.lastRoc - verdict.firstRoc)
  return { setBack: back, setForward: on === undefined ? undefined : { ...on, roc: verdict.lastRoc - on.wraps } }
}

const NOT_RENUMBERED = { setBack: undefined, setForward: undefined }

const NO_LINES: AnalysedStream['lines'] = []

function linesIn(
  call: number,
  bound: readonly BoundLine[],
  { exchangesOf, places }: AnalysedTrace,
): AnalysedStream['lines'] {
  if (!areShared(bound)) return placesOf(bound, exchangesOf(call))
  return places.of(bound, () => placesOf(bound, exchangesOf(call)))
}

/** The m= lines that fit a stream, of the exchanges of its call. */
function placesOf(bound: readonly BoundLine[], exchanges: readonly Exchange[]): AnalysedStream['lines'] {
  const all = bound.map(({ exchange, index, sender }) => ({ exchange: placeOf(exchange, exchanges), index, sender }))
  return all.every(({ exchange }) => exchange >= 0) ? all : all.filter(({ exchange }) => exchange >= 0)
}

/** An exchange's place among those of its call, whose numbers ascend; -1 where it is none of them. */
function placeOf({ id }: Exchange, exchanges: readonly Exchange[]): number {
  const place = firstFrom(exchanges, (one) => one.id >= id)
  return exchanges[place]?.id === id ? place : -1
}

function verifiedUnder(keys: JudgedStream['verdict']['underKeys'], keyring: Keyring): AnalysedStream['verifiedUnder'] {
  if (keys.length < 2) return keys.map(({ key, packets }) => ({ fingerprint: keyring.get(key).fingerprint, packets }))
  // One key with two MKIs, or two parameters, is one key.
  const counts = new Map<string, number>()
  for (const { key, packets } of keys) {
    const { fingerprint } = keyring.get(key)
    counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + packets)
  }
  return [...counts]
    .map(([fingerprint, packets]) => ({ fingerprint, packets }))
    .sort((a, b) => b.packets - a.packets || (a.fingerprint < b.fingerprint ? -1 : 1))
}

/** Where the last exchange that names the stream says that its sender, or its receiver, is. */
function agreedEndpoint({ plan }: JudgedStream, end: 'source' | 'destination'): string | undefined {
  const line = plan.keying.binding?.lines.at(-1)
  if (line === undefined) return undefined
  const isOfferer = (line.sender === 'offerer') === (end === 'source')
  const { exchange, index } = line
  const media = mediaOf(isOfferer ? exchange.offer : currentAnswer(exchange), index)
  // Its own c= or a=rtcp may be among the lines that are missing.
  if (media === undefined || media.isCut) return undefined
  const { stream } = plan
  const at = stream.kind === 'rtp' ? rtpEndpoint(media) : rtcpEndpoint(media)
  if (at === undefined) return undefined
  const text = formatEndpoint(at)
  // Mostly it is where it says, and the same text need not be kept twice.
  return text === stream[end] ? stream[end] : text
}
