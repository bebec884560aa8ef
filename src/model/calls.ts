import { formatEndpoint } from '../bytes/endpoint.ts'
import type { Exchange } from '../sdp/exchange.ts'
import type { SipCall } from '../sip/call.ts'
import type { Call } from './report.ts'
import { describeSession } from './sessions.ts'
import { formatTime } from './time.ts'

/** A call as the report shows it. */
export function describeCall(call: SipCall, exchanges: readonly Exchange[], severalCaptures: boolean): Call {
  const { finalStatus, answer, end } = call
  return {
    callId: call.callId,
    from: call.from,
    to: call.to,
    state: call.state,
    ...(finalStatus !== undefined && { finalStatus }),
    transport: call.transport,
    legs: call.legs.map(({ source, destination }) => `${formatEndpoint(source)} > ${formatEndpoint(destination)}`),
    startTime: formatTime(call.start.timeUs),
    ...(answer !== undefined && { answerTime: formatTime(answer.timeUs) }),
    ...(end !== undefined && { endTime: formatTime(end.timeUs) }),
    messages: call.messages,
    sessions: exchanges.map((exchange) => describeSession(exchange, severalCaptures)),
  }
}
