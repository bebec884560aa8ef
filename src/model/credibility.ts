import type { BoundLine } from '../media/binding.ts'
import { mediaOf } from '../media/media-line.ts'
import { hangsTogether } from '../rtp/stream-statistics.ts'
import type { StreamTable } from '../rtp/stream-table.ts'
import type { JudgedStream } from '../verify/judged-stream.ts'

/**
 * Whether what looks like RTP or RTCP is a stream. Where signalling names it, a key verifies it, or a neighbour keyed
 * it, it is; else its sequence numbers must hang together. RTCP is told by its headers. What an m= line of another protocol names (T.38 over UDPTL) is none.
 */
export function isCredible({ plan, verdict, neighbours }: JudgedStream, table: StreamTable): boolean {
  const { binding } = plan.keying
  if (binding?.lines.every(isOtherProtocol)) return false
  if (binding !== undefined || verdict.verified > 0 || neighbours.dtls || neighbours.zrtp) return true
  if (plan.stream.kind === 'rtcp') return true
  return hangsTogether(table, plan.stream.id)
}

function isOtherProtocol({ exchange, index }: BoundLine): boolean {
  const protocol = mediaOf(exchange.offer, index)?.protocol ?? ''
  return protocol !== '' && !/(^|\/)RTP\//i.test(protocol)
}
