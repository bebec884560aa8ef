import { formatEndpoint } from '../bytes/endpoint.ts'
import type { SipCall } from '../sip/call.ts'
import type { LadderStep } from '../sip/ladders.ts'
import type { Draft } from '../sip/message.ts'
import { legText } from './leg-text.ts'
import type { Call, LadderStepReport, Session } from './report.ts'
import { formatTime } from './time.ts'

/** A call as the report shows it, its members in the report's order. */
export function describeCall(call: SipCall, sessions: readonly Session[], ladder?: readonly LadderStepReport[]): Call {
  const { finalStatus, answerUs, endUs } = call
  const described: Partial<Draft<Call>> = { callId: call.callId, from: call.from, to: call.to, state: call.state }
  if (finalStatus !== undefined) described.finalStatus = finalStatus
  described.transport = call.transport
  described.legs = call.legs.map(legText)
  described.startTime = formatTime(call.startUs)
  if (answerUs !== undefined) described.answerTime = formatTime(answerUs)
  if (endUs !== undefined) described.endTime = formatTime(endUs)
  described.messages = call.messages
  described.sessions = sessions
  if (ladder !== undefined) described.ladder = ladder
  return described as Call
}

/** A message of a call as the report shows it. */
export function describeStep(
  { at, source, destination, label, describes, repeated }: LadderStep,
  severalCaptures: boolean,
): LadderStepReport {
  return {
    time: formatTime(at.timeUs),
    ...(severalCaptures && { capture: at.capture }),
    frame: at.frame,
    from: formatEndpoint(source),
    to: formatEndpoint(destination),
    label,
    ...(describes && { sdp: true }),
    ...(repeated && { repeated: true }),
  }
}
