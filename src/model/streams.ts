import { formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import type { BoundLine } from '../media/binding.ts'
import type { Keyring } from '../media/keyring.ts'
import { mediaOf } from '../media/media-line.ts'
import type { CarriedByTurn } from '../media/observed-stream.ts'
import { jitterSlot, STATIC_CLOCK_RATES, staticJitterSlot } from '../rtp/clock-rates.ts'
import { otherClockOf } from '../rtp/other-clock.ts'
import { payloadTypeUses } from '../rtp/payload-type-use.ts'
import { payloadTypesOf } from '../rtp/payload-types.ts'
import { F, I, JITTER_STRIDE } from '../rtp/stream-record.ts'
import { lostPackets } from '../rtp/stream-statistics.ts'
import type { StreamTable } from '../rtp/stream-table.ts'
import type { Codec } from '../sdp/description.ts'
import { currentAnswer } from '../sdp/exchange.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import type { AnalysedStream } from './analysis.ts'
import { explanationText } from './explanation.ts'
import type { Stream, TurnReport } from './report.ts'
import { agreedCodec, formatCodec, isAuxiliary } from './sessions.ts'
import { formatTime } from './time.ts'

/** A stream's name in reports: by the order of first packets among all flows, so that it is known at once. */
export function streamName(table: StreamTable, id: number): string {
  return `s${table.ints[table.intsAt(id) + I.Serial] + 1}`
}

/** `0x1234abcd`. */
export function formatSsrc(ssrc: number): string {
  return `0x${ssrc.toString(16).padStart(8, '0')}`
}

export function firstPacketOf({ floats, ints, floatsAt, intsAt }: StreamTable, id: number): FrameRef {
  const f = floatsAt(id)
  return {
    position: floats[f + F.FirstPosition],
    capture: ints[intsAt(id) + I.FirstCapture],
    frame: floats[f + F.FirstFrame],
    timeUs: floats[f + F.FirstTimeUs],
  }
}

export function lastPacketOf({ floats, ints, floatsAt, intsAt }: StreamTable, id: number): FrameRef {
  const f = floatsAt(id)
  return {
    position: floats[f + F.LastPosition],
    capture: ints[intsAt(id) + I.LastCapture],
    frame: floats[f + F.LastFrame],
    timeUs: floats[f + F.LastTimeUs],
  }
}

/** A judged stream as the report shows it. */
export function describeStream(
  judged: JudgedStream,
  table: StreamTable,
  keyring: Keyring,
  severalCaptures: boolean,
): Stream {
  const { plan, verdict } = judged
  const { stream, keying } = plan
  const f = table.floatsAt(stream.id)
  const i = table.intsAt(stream.id)
  const { floats, ints } = table
  const isRtp = stream.kind === 'rtp'
  const { binding } = keying
  const types = payloadTypesOf(table, stream.id)
  const codec = isRtp ? codecOf(judged, types) : undefined
  const slot = isRtp ? jitterSlotOf(judged, table) : -1
  const key = verdict.key > 0 ? keyring.get(verdict.key) : undefined
  const owner = key?.owners.find((one) => one.source === keying.source) ?? key?.owners[0]
  const fails = verdict.failed > 0
  return {
    id: streamName(table, stream.id),
    callId: binding?.callId,
    mediaIndex: binding?.lines.at(-1)?.index,
    kind: stream.kind,
    protection: verdict.protection,
    ssrc: formatSsrc(stream.ssrc),
    src: stream.source,
    dst: stream.destination,
    turn: stream.turn && turnOf(stream.turn),
    sender: binding?.sender,
    codec: codec === undefined ? undefined : formatCodec(codec),
    codecs: isRtp ? codecsOf(judged, table) : undefined,
    payloadTypes: isRtp ? types : undefined,
    packets: verdict.packets,
    bytes: floats[f + F.Bytes],
    capture: severalCaptures ? ints[i + I.FirstCapture] : undefined,
    firstFrame: floats[f + F.FirstFrame],
    lastFrame: floats[f + F.LastFrame],
    firstTime: formatTime(floats[f + F.FirstTimeUs]),
    lastTime: formatTime(floats[f + F.LastTimeUs]),
    lost: isRtp ? lostPackets(table, stream.id) : undefined,
    duplicates: isRtp ? ints[i + I.Duplicates] : undefined,
    reordered: isRtp ? ints[i + I.Reordered] : undefined,
    jitterMs: slot < 0 ? undefined : hundredths(floats[f + F.Jitter + slot * JITTER_STRIDE]),
    maxJitterMs: slot < 0 ? undefined : hundredths(floats[f + F.MaxJitter + slot * JITTER_STRIDE]),
    talkSeconds: isRtp ? Math.max(0, Math.round(floats[f + F.TalkUs] / 1e3)) / 1e3 : undefined,
    suite: key?.master.suite.name,
    keySource: key === undefined || keying.source === 'none' ? undefined : (owner?.source ?? keying.source),
    keyFingerprint: key?.fingerprint,
    keyLabel: owner?.label,
    roc: isRtp && verdict.verified > 0 ? { first: verdict.firstRoc, last: verdict.lastRoc } : undefined,
    srtcpTagLength: verdict.shortTags > 0 ? key?.master.suite.srtpTagLength : undefined,
    verified: verdict.verified,
    failed: verdict.failed,
    unverified: verdict.unverified,
    plain: verdict.plain,
    unverifiedReason: verdict.unverified > 0 ? verdict.unverifiedReason : undefined,
    replayed: isRtp ? verdict.replayed : undefined,
    captureDuplicates: isRtp ? ints[i + I.CaptureDuplicates] : undefined,
    firstFailedFrame: fails ? verdict.firstFailedFrame : undefined,
    failedFrames: fails ? verdict.failedFrames : undefined,
    plainFrames: verdict.plainFrames.length > 0 && verdict.protection === 'srtp' ? verdict.plainFrames : undefined,
    explanation: explanationText(judged, table, keyring),
  }
}

function turnOf({ channel, client, server }: CarriedByTurn): TurnReport {
  return {
    ...(channel !== undefined && { channel: `0x${channel.toString(16)}` }),
    ...(client !== undefined && { client: formatEndpoint(client) }),
    ...(server !== undefined && { server: formatEndpoint(server) }),
  }
}

/**
 * The codec of the payload types on the wire, by the description of the party they are sent to (RFC 3264 §5.1: a party
 * lists what it wants to receive), else the agreed one.
 */
function codecOf(judged: JudgedStream, types: readonly number[]): Codec | undefined {
  const line = lineOf(judged)
  if (line === undefined) return undefined
  const sent = wantedBy(line).find((codec) => types.includes(codec.payloadType) && !isAuxiliary(codec))
  if (sent !== undefined) return sent
  const { offer, answer } = sidesOf(line)
  return offer !== undefined && answer !== undefined ? agreedCodec(offer, answer) : undefined
}

/** The codecs of all payload types on the wire, where they are several: each by what was described when it was used first. */
function codecsOf({ plan }: JudgedStream, table: StreamTable): readonly string[] | undefined {
  const { id } = plan.stream
  const uses = payloadTypeUses(table, id, firstPacketOf(table, id), lastPacketOf(table, id))
  // A call may have thousands of lines, and of streams: of most nothing need be asked.
  if (uses.length < 2) return undefined
  const lines = (plan.keying.binding?.lines ?? []).filter(hasCodecs)
  const names = uses.flatMap(({ payloadType, first: { timeUs } }) => {
    const listing = lines.filter((line) => wantedBy(line).some((codec) => codec.payloadType === payloadType))
    const line = listing.findLast(({ exchange }) => exchange.offer.at.timeUs <= timeUs) ?? listing[0]
    const codec = line && wantedBy(line).find((one) => one.payloadType === payloadType)
    return codec === undefined || isAuxiliary(codec) ? [] : [formatCodec(codec)]
  })
  const distinct = [...new Set(names)]
  return distinct.length > 1 ? distinct : undefined
}

/** A later exchange may have made a line of another kind of it, as fax does (T.38 over UDPTL). */
function lineOf({ plan }: JudgedStream): BoundLine | undefined {
  return plan.keying.binding?.lines.findLast(hasCodecs)
}

/** What the party that a stream is sent to lists. */
function wantedBy(line: BoundLine): readonly Codec[] {
  const { offer, answer } = sidesOf(line)
  const receiver = line.sender === 'offerer' ? (answer ?? offer) : offer
  return receiver?.codecs ?? []
}

function hasCodecs(line: BoundLine): boolean {
  const { offer, answer } = sidesOf(line)
  return (offer?.codecs.length ?? 0) > 0 || (answer?.codecs.length ?? 0) > 0
}

function sidesOf({ exchange, index }: BoundLine) {
  return { offer: mediaOf(exchange.offer, index), answer: mediaOf(currentAnswer(exchange), index) }
}

/**
 * The slot of clock-rates.ts that an RTP stream's jitter is in, by the clock that its timestamps go by; -1 where that is not
 * known, or none was kept for it.
 */
export function jitterSlotOf(judged: JudgedStream, table: StreamTable): number {
  const types = payloadTypesOf(table, judged.plan.stream.id)
  const other = otherClockOfStream(judged, table)
  if (other !== undefined) return types.every((type) => staticJitterSlot(type) < 0) ? jitterSlot(other.sent) : -1
  return clockSlotOf(codecOf(judged, types), types)
}

/** The clock of an audio stream where that is not its codec's; nothing is told of types that its receiver did not list. */
export function otherClockOfStream(judged: JudgedStream, table: StreamTable): AnalysedStream['otherClock'] {
  const { stream } = judged.plan
  if (stream.kind !== 'rtp') return undefined
  const types = payloadTypesOf(table, stream.id)
  const agreed = clockOfTypes(types, lineOf(judged))
  const other = otherClockOf(table, stream.id, agreed)
  return other === undefined ? undefined : { ...other, agreed }
}

/** The clock of all of them, in Hz: a stream that changes to a codec of another clock goes by neither. 0 where there is none. */
function clockOfTypes(types: readonly number[], line: BoundLine | undefined): number {
  const codecs = line === undefined ? [] : wantedBy(line).filter(({ payloadType }) => types.includes(payloadType))
  const areListed = types.every((type) => codecs.some(({ payloadType }) => payloadType === type))
  const [codec, ...others] = codecs.filter((one) => !isAuxiliary(one))
  if (!areListed || codec === undefined) return commonStaticSlot(types) < 0 ? 0 : STATIC_CLOCK_RATES[types[0]]
  return others.every(({ clockRate }) => clockRate === codec.clockRate) ? codec.clockRate : 0
}

/** The codec's clock, or where no description names one that of the static types (RFC 3551 §6). */
function clockSlotOf(codec: Codec | undefined, types: readonly number[]): number {
  return codec === undefined ? commonStaticSlot(types) : jitterSlot(codec.clockRate)
}

/** Milliseconds, to two places. */
function hundredths(us: number): number {
  return Math.round(us / 10) / 100
}

function commonStaticSlot(types: readonly number[]): number {
  const slot = types.length === 0 ? -1 : staticJitterSlot(types[0])
  return types.every((type) => staticJitterSlot(type) === slot) ? slot : -1
}
