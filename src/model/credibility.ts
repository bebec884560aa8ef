import type { BoundLine } from '../media/binder.ts'
import { mediaOf } from '../media/media-line.ts'
import { lostPackets } from '../rtp/stream-statistics.ts'
import { I, type StreamTable } from '../rtp/stream-table.ts'
import type { JudgedStream } from '../verify/judge.ts'

/** Packets that a stream must have before its sequence numbers can speak for it. */
const PROBATION = 4

/**
 * Whether what looks like RTP or RTCP is a stream. Where signalling names it, a key verifies it, or a neighbour keyed
 * it, it is; else its sequence numbers must hang together (RFC 3550 A.1): other protocols pass as single packets or in
 * leaps. RTCP is told by its headers. What an m= line of another protocol names (T.38 over UDPTL) is none.
 */
export function isCredible({ plan, verdict, neighbours }: JudgedStream, table: StreamTable): boolean {
  const { binding } = plan.keying
  if (binding?.lines.every(isOtherProtocol)) return false
  if (binding !== undefined || verdict.verified > 0 || neighbours.dtls || neighbours.zrtp) return true
  if (plan.stream.kind === 'rtcp') return true
  const packets = table.ints[table.intsAt(plan.stream.id) + I.Packets]
  return packets >= PROBATION && lostPackets(table, plan.stream.id) <= packets
}

function isOtherProtocol({ exchange, index }: BoundLine): boolean {
  const protocol = mediaOf(exchange.offer, index)?.protocol ?? ''
  return protocol !== '' && !/(^|\/)RTP\//i.test(protocol)
}
