import type { Keyring } from '../media/keyring.ts'
import { mediaOf } from '../media/media-line.ts'
import { jitterSlot, staticJitterSlot } from '../rtp/clock-rates.ts'
import { F, I, JITTER_STRIDE } from '../rtp/stream-record.ts'
import { lostPackets } from '../rtp/stream-statistics.ts'
import type { StreamTable } from '../rtp/stream-table.ts'
import type { Codec } from '../sdp/description.ts'
import { currentAnswer } from '../sdp/exchange.ts'
import type { JudgedStream } from '../verify/judge.ts'
import { explanationText } from './explanation.ts'
import type { Stream } from './report.ts'
import { agreedCodec, formatCodec } from './sessions.ts'
import { formatTime } from './time.ts'

/** A stream's name in reports: by the order of first packets among all flows, so that it is known at once. */
export function streamName(table: StreamTable, id: number): string {
  return `s${table.ints[table.intsAt(id) + I.Serial] + 1}`
}

/** A judged stream as the report shows it. */
export function describeStream(
  judged: JudgedStream,
  id: string,
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
  const line = keying.binding?.lines.at(-1)
  const types = payloadTypesOf(table, stream.id)
  const codec = isRtp ? codecOf(judged, types) : undefined
  const key = verdict.key > 0 ? keyring.get(verdict.key) : undefined
  const owner = key?.owners.find((one) => one.source === keying.source) ?? key?.owners[0]
  const text = explanationText(judged, table)
  return {
    id,
    ...(keying.binding !== undefined && { callId: keying.binding.callId }),
    ...(line !== undefined && { mediaIndex: line.index }),
    kind: stream.kind,
    protection: verdict.protection,
    ssrc: `0x${stream.ssrc.toString(16).padStart(8, '0')}`,
    src: stream.source,
    dst: stream.destination,
    ...(keying.binding !== undefined && { sender: keying.binding.sender }),
    ...(codec !== undefined && { codec: formatCodec(codec) }),
    ...(isRtp && { payloadTypes: types }),
    packets: verdict.packets,
    bytes: floats[f + F.Bytes],
    ...(severalCaptures && { capture: ints[i + I.FirstCapture] }),
    firstFrame: floats[f + F.FirstFrame],
    lastFrame: floats[f + F.LastFrame],
    firstTime: formatTime(floats[f + F.FirstTimeUs]),
    lastTime: formatTime(floats[f + F.LastTimeUs]),
    ...(isRtp && {
      lost: lostPackets(table, stream.id),
      duplicates: ints[i + I.Duplicates],
      reordered: ints[i + I.Reordered],
      ...jitterOf(floats, f, clockSlotOf(codec, types)),
      talkSeconds: Math.round(floats[f + F.TalkUs] / 1e3) / 1e3,
    }),
    ...(key !== undefined && {
      suite: key.master.suite.name,
      ...(keying.source !== 'none' && { keySource: owner?.source ?? keying.source }),
      keyFingerprint: key.fingerprint,
      ...(owner?.label !== undefined && { keyLabel: owner.label }),
    }),
    ...(isRtp && verdict.verified > 0 && { roc: { first: verdict.firstRoc, last: verdict.lastRoc } }),
    ...(verdict.shortTags > 0 && key !== undefined && { srtcpTagLength: key.master.suite.srtpTagLength }),
    verified: verdict.verified,
    failed: verdict.failed,
    unverified: verdict.unverified,
    plain: verdict.plain,
    ...(verdict.unverified > 0 &&
      verdict.unverifiedReason !== undefined && { unverifiedReason: verdict.unverifiedReason }),
    ...(isRtp && {
      replayed: verdict.replayed,
      captureDuplicates: ints[i + I.CaptureDuplicates],
    }),
    ...(verdict.failed > 0 && { firstFailedFrame: verdict.firstFailedFrame, failedFrames: verdict.failedFrames }),
    ...(verdict.plainFrames.length > 0 && verdict.protection === 'srtp' && { plainFrames: verdict.plainFrames }),
    ...(text !== undefined && { explanation: text }),
  }
}

/** The payload types of a stream's packets, in ascending order. */
export function payloadTypesOf(table: StreamTable, id: number): number[] {
  const { ints } = table
  const i = table.intsAt(id)
  const types: number[] = []
  for (let type = 0; type < 128; type++) {
    if ((ints[i + I.PayloadTypes + (type >> 5)] & (1 << (type & 31))) !== 0) types.push(type)
  }
  return types
}

/**
 * The codec of the payload types on the wire, by the description of the party they are sent to (RFC 3264 §5.1: a party
 * lists what it wants to receive), else the agreed one.
 */
function codecOf({ plan }: JudgedStream, types: readonly number[]): Codec | undefined {
  const { binding } = plan.keying
  const line = binding?.lines.at(-1)
  if (binding === undefined || line === undefined) return undefined
  const offer = mediaOf(line.exchange.offer, line.index)
  const answer = mediaOf(currentAnswer(line.exchange), line.index)
  const receiver = binding.sender === 'offerer' ? (answer ?? offer) : offer
  const sent = receiver?.codecs.find(
    (codec) => types.includes(codec.payloadType) && !/^(telephone-event|CN)$/i.test(codec.name),
  )
  if (sent !== undefined) return sent
  return offer !== undefined && answer !== undefined ? agreedCodec(offer, answer) : undefined
}

/** The slot of clock-rates.ts that an RTP stream's jitter is in; -1 where its clock is not known. */
export function jitterSlotOf(judged: JudgedStream, table: StreamTable): number {
  const types = payloadTypesOf(table, judged.plan.stream.id)
  return clockSlotOf(codecOf(judged, types), types)
}

/** The codec's clock, or where no description names one that of the static types (RFC 3551 §6). */
function clockSlotOf(codec: Codec | undefined, types: readonly number[]): number {
  return codec === undefined ? commonStaticSlot(types) : jitterSlot(codec.clockRate)
}

function jitterOf(floats: Float64Array, f: number, slot: number): { jitterMs?: number; maxJitterMs?: number } {
  if (slot < 0) return {}
  return {
    jitterMs: Math.round(floats[f + F.Jitter + slot * JITTER_STRIDE] / 10) / 100,
    maxJitterMs: Math.round(floats[f + F.MaxJitter + slot * JITTER_STRIDE] / 10) / 100,
  }
}

function commonStaticSlot(types: readonly number[]): number {
  const slots = new Set(types.map(staticJitterSlot))
  const [slot = -1] = slots
  return slots.size === 1 ? slot : -1
}
