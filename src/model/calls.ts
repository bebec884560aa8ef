import type { SipCall } from '../sip/call.ts'
import type { Draft } from '../sip/message.ts'
import { legText } from './leg-text.ts'
import type { Call, Session } from './report.ts'
import { formatTime } from './time.ts'

/** A call as the report shows it, its members in the report's order. */
export function describeCall(call: SipCall, sessions: readonly Session[]): Call {
  const { finalStatus, answer, end } = call
  const described: Partial<Draft<Call>> = { callId: call.callId, from: call.from, to: call.to, state: call.state }
  if (finalStatus !== undefined) described.finalStatus = finalStatus
  described.transport = call.transport
  described.legs = call.legs.map(legText)
  described.startTime = formatTime(call.start.timeUs)
  if (answer !== undefined) described.answerTime = formatTime(answer.timeUs)
  if (end !== undefined) described.endTime = formatTime(end.timeUs)
  described.messages = call.messages
  described.sessions = sessions
  return described as Call
}
