import type { BoundLine } from '../media/binding.ts'
import { mediaOf } from '../media/media-line.ts'
import { looksPlain } from '../rtp/payload-randomness.ts'
import { payloadTypesOf } from '../rtp/payload-types.ts'
import { F } from '../rtp/stream-record.ts'
import type { StreamTable } from '../rtp/stream-table.ts'
import { currentAnswer } from '../sdp/exchange.ts'
import { RTP_HEADER_LENGTH } from '../srtp/packet-layout.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import { isAuxiliary } from './sessions.ts'

/** Static payload types of G.711 (RFC 3551 §6): what they carry has a pattern, and a length of whole 5 ms. */
const G711: readonly number[] = [0, 8]
const COMFORT_NOISE = 13
const OCTETS_IN_5_MS = 40
/** What a tag, with or without an MKI, makes a payload longer by on average. */
const LEAST_EXCESS = 3
const MOST_EXCESS = 20

/**
 * How it shows that a stream is SRTP although both sides agreed on RTP without keying: it verifies under a key that its
 * sender described, or that was given beside the capture, or its payload is not what the codec would send. Other codecs compress: their payload looks
 * encrypted by itself. Nothing where keys may have been agreed on the media path.
 */
export function srtpOnPlainAgreement(
  { plan, verdict, neighbours }: JudgedStream,
  table: StreamTable,
): 'signalled' | 'keys-file' | 'looks' | undefined {
  const { binding, keying, source } = plan.keying
  const line = binding?.lines.at(-1)
  const exchange = line?.exchange
  if (plan.stream.kind !== 'rtp' || keying !== 'none' || exchange?.state !== 'answered') return undefined
  if (binding?.match !== 'both' && binding?.match !== 'destination') return undefined
  if (neighbours.dtls || neighbours.zrtp) return undefined
  if (verdict.verified > 0) return source === 'keys-file' ? 'keys-file' : 'signalled'
  const i = table.intsAt(plan.stream.id)
  const { ints, floats } = table
  if (looksPlain(ints, i) !== false || !isOfG711(payloadTypesOf(table, plan.stream.id), line)) return undefined
  const payload = floats[table.floatsAt(plan.stream.id) + F.Bytes] / verdict.packets - RTP_HEADER_LENGTH
  const excess = payload % OCTETS_IN_5_MS
  return excess >= LEAST_EXCESS && excess <= MOST_EXCESS ? 'looks' : undefined
}

/** A stream that has another codec too, which compresses, has neither the pattern throughout nor the length. */
function isOfG711(types: readonly number[], line: BoundLine | undefined): boolean {
  if (line === undefined || !types.some((type) => G711.includes(type))) return false
  const sides = [line.exchange.offer, currentAnswer(line.exchange)].map((side) => mediaOf(side, line.index))
  // What comes beside a codec is not of its length.
  const beside = sides.flatMap((side) => side?.codecs ?? []).filter(isAuxiliary)
  const fitting = new Set([...G711, COMFORT_NOISE, ...beside.map(({ payloadType }) => payloadType)])
  return types.every((type) => fitting.has(type))
}
