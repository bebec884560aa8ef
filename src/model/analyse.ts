import { formatEndpoint } from '../bytes/endpoint.ts'
import { Remembered } from '../bytes/remembered.ts'
import type { CaptureInput } from '../capture/capture-input.ts'
import { areShared, type BoundLine } from '../media/binding.ts'
import type { Keyring } from '../media/keyring.ts'
import { mediaOf, rtcpEndpoint, rtpEndpoint } from '../media/media-line.ts'
import { MediaKind } from '../rtp/media-kind.ts'
import { payloadTypeUses } from '../rtp/payload-type-use.ts'
import { holesOf } from '../rtp/stream-statistics.ts'
import { F, FRAMES_KEPT, I, type StreamTable } from '../rtp/stream-table.ts'
import type { Timelines } from '../rtp/timelines.ts'
import { currentAnswer, type Exchange } from '../sdp/exchange.ts'
import type { DescribedElsewhere } from '../sdp/keys-elsewhere.ts'
import type { SipCall } from '../sip/call.ts'
import type { Ladders } from '../sip/ladders.ts'
import type { Engine } from '../verify/engine.ts'
import type { JudgedStream } from '../verify/judged-stream.ts'
import type { RepeatList } from '../verify/repeat-list.ts'
import type { AnalysedStream, Analysis, ClearSip } from './analysis.ts'
import type { AnomalyLog } from './anomaly-log.ts'
import { CallFacts } from './call-facts.ts'
import { describeCaptures } from './captures.ts'
import { isCredible } from './credibility.ts'
import { analyseElsewhere } from './exchanges.ts'
import { explanationEvidence } from './explanation.ts'
import { joinCalls } from './joined-calls.ts'
import { keystreamReuse } from './keystream-reuse.ts'
import { MappedSequence } from './sequence.ts'
import { describeStream, otherClockOfStream, streamName } from './streams.ts'
import { timelineReader } from './timeline.ts'

/** Everything that a scan has found out, from which the analysis is put together. */
export interface Findings {
  readonly inputs: readonly CaptureInput[]
  readonly clocks: Analysis['clocks']
  readonly heardUntilUs: Analysis['heardUntilUs']
  readonly engine: Engine
  readonly calls: readonly SipCall[]
  /** The exchanges of a call, in the order of their offers. */
  readonly exchangesOf: (call: SipCall) => readonly Exchange[]
  /** The messages of a call, where they were kept. */
  readonly ladders: Ladders | undefined
  readonly judgement: readonly JudgedStream[]
  /** Packets of streams that were not judged since too many like them go to one port. */
  readonly loosePackets: number
  readonly keyring: Keyring
  readonly anomalies: AnomalyLog
  readonly sipMessages: number
  readonly clearSip: readonly ClearSip[]
  readonly certificateMismatches: Analysis['certificateMismatches']
  readonly tls: Analysis['tls']
  readonly icmp: Analysis['icmp']
  readonly keysElsewhere: readonly DescribedElsewhere[]
  readonly signalling: Analysis['signalling']
}

/** Puts the facts of a trace together. Calls and streams stand in the order of their first frames. */
export function analyse(found: Findings): Analysis {
  const { inputs, calls: sipCalls, engine, judgement, keyring, exchangesOf, ladders } = found
  const several = inputs.length > 1
  const captures = describeCaptures(inputs, engine.facts, engine.control)
  const calls = new MappedSequence(
    sipCalls,
    (call) => new CallFacts(call, exchangesOf(call), several, ladders?.of(call.callId)),
  )
  const credible = judgement.filter((judged) => isCredible(judged, engine.streams))
  const noise = mediaPackets(engine.streams) - packetsOf(credible) - found.loosePackets
  found.anomalies.count('rtp', 'packets-of-no-stream', 0, noise)
  const callIndex = new Map<string, number>()
  if (credible.length > 0) for (const [index, { callId }] of sipCalls.entries()) callIndex.set(callId, index)
  const places: Places = new Remembered(MOST_PLACES)
  const streams = credible.map((judged) =>
    analyseStream(
      judged,
      streamName(engine.streams, judged.plan.stream.id),
      engine.streams,
      engine.timelines,
      engine.repeats,
      keyring,
      several,
      callIndex,
      (call) => exchangesOf(sipCalls[call]),
      places,
    ),
  )
  let notCompared = 0
  const reuse = keystreamReuse(credible, engine.streams, keyring, () => notCompared++)
  found.anomalies.dropped({ comparedStreams: notCompared })
  return {
    captures,
    calls,
    streams,
    anomalies: found.anomalies.anomalies(several, engine.maxMemoryBytes),
    frames: captures.reduce((sum, { frames }) => sum + frames, 0),
    sipMessages: found.sipMessages,
    clearSip: found.clearSip,
    tls: found.tls,
    icmp: found.icmp,
    keysElsewhere: found.keysElsewhere.flatMap(analyseElsewhere),
    signalling: found.signalling,
    severalCaptures: several,
    clocks: found.clocks,
    heardUntilUs: found.heardUntilUs,
    certificateMismatches: found.certificateMismatches,
    keystreamReuse: reuse,
    joined: joinCalls(sipCalls, streams),
  }
}

/** RTP and RTCP packets, or what looks like them, of all streams. */
function mediaPackets({ count, ints, intsAt }: StreamTable): number {
  let packets = 0
  for (let id = 0; id < count; id++) {
    const i = intsAt(id)
    const kind = ints[i + I.Kind]
    if (kind === MediaKind.Rtp || kind === MediaKind.Rtcp) packets += ints[i + I.Packets]
  }
  return packets
}

function packetsOf(streams: readonly JudgedStream[]): number {
  return streams.reduce((sum, { verdict }) => sum + verdict.packets, 0)
}

function analyseStream(
  judged: JudgedStream,
  id: string,
  table: StreamTable,
  timelines: Timelines | undefined,
  repeats: RepeatList,
  keyring: Keyring,
  several: boolean,
  callIndex: ReadonlyMap<string, number>,
  exchangesOf: (call: number) => readonly Exchange[],
  places: Places,
): AnalysedStream {
  const { stream, keying } = judged.plan
  const f = table.floatsAt(stream.id)
  const i = table.intsAt(stream.id)
  const { floats, ints } = table
  const { binding } = keying
  const { verdict, neighbours } = judged
  const call = binding === undefined ? undefined : callIndex.get(binding.callId)
  const { lines, exchanges } =
    binding === undefined || call === undefined
      ? NO_PLACES
      : areShared(binding.lines)
        ? places.of(binding.lines, () => placesOf(binding.lines, exchangesOf(call)))
        : placesOf(binding.lines, exchangesOf(call))
  const fails = verdict.failed > 0
  const firstAt = {
    position: floats[f + F.FirstPosition],
    capture: ints[i + I.FirstCapture],
    frame: floats[f + F.FirstFrame],
    timeUs: floats[f + F.FirstTimeUs],
  }
  const lastAt = {
    position: floats[f + F.LastPosition],
    capture: ints[i + I.LastCapture],
    frame: floats[f + F.LastFrame],
    timeUs: floats[f + F.LastTimeUs],
  }
  return {
    report: describeStream(judged, id, table, keyring, several),
    timeline: timelines === undefined ? undefined : timelineReader(judged, table, timelines),
    firstAt,
    lastAt,
    source: { address: stream.sourceAddress, port: stream.sourcePort },
    destination: { address: stream.destinationAddress, port: stream.destinationPort },
    onWire: stream.turn?.client && stream.turn.server && [stream.turn.client, stream.turn.server],
    call,
    exchanges,
    lines,
    match: binding?.match,
    verifiedUnder: verifiedUnder(verdict.underKeys, keyring),
    keying: keying.keying,
    agreedSource: agreedEndpoint(judged, 'source'),
    agreedDestination: agreedEndpoint(judged, 'destination'),
    dtlsOnFlow: neighbours.dtls,
    zrtpOnFlow: neighbours.zrtp,
    holes: holesOf(table, stream.id),
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
  const { keys } = plan.keying
  if (keys.length !== 1 || verdict.verified === 0 || verdict.rocChanges.length > 0) return NOT_RENUMBERED
  const { back, on } = repeats.renumberingOf(plan.stream.id, verdict.lastRoc - verdict.firstRoc)
  return { setBack: back, setForward: on === undefined ? undefined : { ...on, roc: verdict.lastRoc - on.wraps } }
}

const NOT_RENUMBERED = { setBack: undefined, setForward: undefined }

/** Streams of one binding share what their lines are called here. */
type Places = Remembered<readonly BoundLine[], Pick<AnalysedStream, 'lines' | 'exchanges'>>

/** Those of so many bindings are kept at a time. */
const MOST_PLACES = 1024

const NO_PLACES: Pick<AnalysedStream, 'lines' | 'exchanges'> = { lines: [], exchanges: [] }

/** The m= lines that fit a stream, of the exchanges of its call. */
function placesOf(
  bound: readonly BoundLine[],
  exchanges: readonly Exchange[],
): Pick<AnalysedStream, 'lines' | 'exchanges'> {
  const all = bound.map(({ exchange, index, sender }) => ({ exchange: placeOf(exchange, exchanges), index, sender }))
  const lines = all.every(({ exchange }) => exchange >= 0) ? all : all.filter(({ exchange }) => exchange >= 0)
  return { lines, exchanges: lines.map(({ exchange }) => exchange) }
}

/** An exchange's place among those of its call, whose numbers ascend; -1 where it is none of them. */
function placeOf({ id }: Exchange, exchanges: readonly Exchange[]): number {
  let [from, to] = [0, exchanges.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (exchanges[middle].id < id) from = middle + 1
    else to = middle
  }
  return exchanges[from]?.id === id ? from : -1
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
