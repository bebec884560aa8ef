import type { StreamTable } from '../rtp/stream-table.ts'
import { F, I } from '../rtp/stream-table.ts'
import type { SipCall } from '../sip/call.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'

/** What of a trace signalling and media are both known of. */
export interface HeardPart {
  readonly calls: readonly SipCall[]
  readonly judgement: readonly JudgedStream[]
  /** Packets of the streams that are left out. */
  readonly packetsLeftOut: number
}

/**
 * Where packets were met behind the last signalling that was heard, what is said of them may be untrue: the same ports may be
 * another call's by then, or the call be keyed anew. Streams that go on behind it are left out, with all of their calls.
 *
 * @param heardUntil the position from which on no signalling was heard
 */
export function heardPart(
  calls: readonly SipCall[],
  judgement: readonly JudgedStream[],
  table: StreamTable,
  heardUntil: number,
): HeardPart {
  const goesOn = ({ plan: { stream } }: JudgedStream) =>
    table.floats[table.floatsAt(stream.id) + F.LastPosition] >= heardUntil
  const gone = new Set(judgement.filter(goesOn).map(callIdOf))
  const isLeftOut = (stream: JudgedStream) => {
    const callId = callIdOf(stream)
    return callId === undefined ? goesOn(stream) : gone.has(callId)
  }
  const leftOut = judgement.filter(isLeftOut)
  return {
    calls: calls.filter(({ callId }) => !gone.has(callId)),
    judgement: judgement.filter((stream) => !isLeftOut(stream)),
    packetsLeftOut: leftOut.reduce((sum, { plan }) => sum + table.ints[table.intsAt(plan.stream.id) + I.Packets], 0),
  }
}

function callIdOf({ plan }: JudgedStream): string | undefined {
  return plan.keying.binding?.callId
}
