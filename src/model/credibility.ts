import type { Binding } from '../media/binding.ts'
import { isOfRtp } from '../media/own-lines.ts'
import { hangsTogether } from '../rtp/stream-statistics.ts'
import type { StreamTable } from '../rtp/stream-table.ts'
import { currentAnswer } from '../sdp/exchange.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'

/**
 * Whether what looks like RTP or RTCP is a stream. Where signalling names it, a key verifies it, or a neighbour keyed
 * it, it is; else its sequence numbers must hang together. RTCP is told by its headers. What an m= line of another
 * protocol names (T.38 over UDPTL) is none; while a line of audio is one, only what could be RTP by its numbers too.
 */
export function isCredible({ plan, verdict, neighbours }: JudgedStream, table: StreamTable): boolean {
  const { binding } = plan.keying
  if (binding !== undefined && !binding.lines.some(isOfRtp)) return false
  if (verdict.verified > 0 || plan.stream.kind === 'rtcp') return true
  const isNamed = binding !== undefined && !beginsUnderOtherProtocol(binding, plan.stream.firstPosition)
  return isNamed || neighbours.dtls || neighbours.zrtp || hangsTogether(table, plan.stream.id)
}

/** Whether the last exchange that was answered by then made the line one of another protocol, as fax does in mid-call. */
function beginsUnderOtherProtocol({ lines }: Binding, position: number): boolean {
  const inForce = lines.findLast(({ exchange }) => {
    const answer = exchange.state === 'answered' ? currentAnswer(exchange) : undefined
    return answer !== undefined && answer.at.position <= position
  })
  return inForce !== undefined && !isOfRtp(inForce)
}
