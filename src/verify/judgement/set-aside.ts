import { NO_STRETCHES } from '../../media/plain-stretches.ts'
import { NO_KEYS } from '../../media/schedule.ts'
import { F, I, type StreamTable } from '../../rtp/stream-table.ts'
import type { Resolution } from '../second-pass/resolution.ts'
import type { StreamPlan } from './plan.ts'
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
 * What a stream of which packets failed is judged as instead, where nothing was agreed that it could fail under: undefined
 * where it is judged as planned.
 *
 * @param over when calls were over, by Call-ID
 */
export function setAside(
  table: StreamTable,
  plan: StreamPlan,
  resolution: Resolution | undefined,
  isExplained: boolean,
  over: ReadonlyMap<string, number>,
): StreamPlan | undefined {
  if (isExplained || hasVerified(table, plan, resolution)) return undefined
  if (resolution !== undefined && resolution.failed > 0 && beganAfterCall(table, plan, over)) return ofNoCall(plan)
  return isUnderMask(plan) ? underNoKey(plan) : undefined
}

/** Whether what was tried as a stream's key is a mask in its place: it fits nothing, and there is nothing to explain. */
export function fitsNoMask(table: StreamTable, plan: StreamPlan, resolution: Resolution | undefined): boolean {
  return isUnderMask(plan) && !hasVerified(table, plan, resolution)
}

function hasVerified(
  table: StreamTable,
  { stream, keepFirstPass }: StreamPlan,
  resolution: Resolution | undefined,
): boolean {
  if (resolution !== undefined && resolution.verified > 0) return true
  return keepFirstPass && table.ints[table.intsAt(stream.id) + I.Verified] > 0
}

/**
 * Ports are used again. What begins on those of a call that is over, and fits none of its keys, is media of a call whose
 * signalling is not known.
 */
function beganAfterCall(
  table: StreamTable,
  { stream, keying }: StreamPlan,
  over: ReadonlyMap<string, number>,
): boolean {
  const sinceUs = keying.binding === undefined ? undefined : over.get(keying.binding.callId)
  return sinceUs !== undefined && table.floats[table.floatsAt(stream.id) + F.FirstTimeUs] > sinceUs
}

/** What looks like a mask was tried as a key all the same. */
function isUnderMask({ keying }: StreamPlan): boolean {
  return keying.masked === true && keying.source === 'sdp'
}

function underNoKey({ stream, repeats, keying }: StreamPlan): StreamPlan {
  return { stream, repeats, keepFirstPass: false, keying: { ...keying, keys: NO_KEYS, source: 'none' } }
}

function ofNoCall(plan: StreamPlan): StreamPlan {
  const { stream, repeats } = plan
  const keying = { binding: undefined, keying: 'none', keys: NO_KEYS, plain: NO_STRETCHES, source: 'none' } as const
  return { stream, repeats, keepFirstPass: false, keying: { ...keying, hidden: plan.keying.hidden } }
}
