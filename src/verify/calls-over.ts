import { NO_STRETCHES } from '../media/plain-stretches.ts'
import { NO_KEYS } from '../media/schedule.ts'
import { F, I, type StreamTable } from '../rtp/stream-table.ts'
import type { StreamPlan } from './plan.ts'
import type { Resolution } from './resolution.ts'
import type { CallTime } from './trace-keys.ts'

/** The calls whose BYE was answered, and when they were over. */
export function callsOver(calls: Iterable<CallTime>): ReadonlyMap<string, number> {
  const over = new Map<string, number>()
  for (const { callId, endUs, byeAnsweredUs } of calls) {
    if (endUs !== undefined && byeAnsweredUs !== undefined) over.set(callId, Math.max(endUs, byeAnsweredUs))
  }
  return over
}

/**
 * Ports are used again. What begins on those of a call that is over, and fits none of its keys, is media of a call whose
 * signalling is not known: nothing was agreed for it that it could fail under.
 */
export function beganAfterCall(
  table: StreamTable,
  { stream, keying, keepFirstPass }: StreamPlan,
  resolution: Resolution | undefined,
  over: ReadonlyMap<string, number>,
): boolean {
  const sinceUs = keying.binding === undefined ? undefined : over.get(keying.binding.callId)
  if (sinceUs === undefined || resolution === undefined || resolution.failed === 0 || resolution.verified > 0)
    return false
  if (keepFirstPass && table.ints[table.intsAt(stream.id) + I.Verified] > 0) return false
  return table.floats[table.floatsAt(stream.id) + F.FirstTimeUs] > sinceUs
}

export function ofNoCall(plan: StreamPlan): StreamPlan {
  const { stream, repeats } = plan
  const keying = { binding: undefined, keying: 'none', keys: NO_KEYS, plain: NO_STRETCHES, source: 'none' } as const
  return { stream, repeats, keepFirstPass: false, keying: { ...keying, hidden: plan.keying.hidden } }
}
