import type { Call, Stream } from '../../model/report.ts'
import { count, formatNumber } from '../layout.ts'
import type { TestCase } from './test-case.ts'

/** The fates of packets that leave open, or contradict, that media was protected. */
const OPEN = [
  ['failed', 'failed'],
  ['plain', 'in the clear'],
  ['unverified', 'unverified'],
] as const

/** Why a test of media does not pass: it failed, or was skipped. */
export interface NotShown {
  readonly outcome: 'failures' | 'skipped'
  readonly reason: string
}

/**
 * Why it is not shown that all media of a call was protected; undefined where it is. Tags that fail are a failure where
 * the command fails for a finding of the call; else, and where there was nothing to verify, the test is skipped.
 */
export function notShown(streams: readonly Stream[], callFails: boolean): NotShown | undefined {
  const sum = (field: 'packets' | (typeof OPEN)[number][0]) => streams.reduce((all, one) => all + one[field], 0)
  const packets = sum('packets')
  if (packets === 0) return { outcome: 'skipped', reason: 'no media was captured' }
  const fates = OPEN.filter(([field]) => sum(field) > 0).map(([field, fate]) => `${formatNumber(sum(field))} ${fate}`)
  if (fates.length === 0) return undefined
  const outcome = callFails && sum('failed') > 0 ? 'failures' : 'skipped'
  return { outcome, reason: `of ${count(packets, 'packet')}: ${fates.join(', ')}` }
}

/**
 * Whether the media of a call was protected: the test passes where every packet verified, and says otherwise what came
 * of them.
 *
 * @param said of its streams
 */
export function mediaTest(
  { state, transport, startTime }: Call,
  name: string,
  { outcome, reason = '' }: Partial<NotShown>,
  said: readonly string[],
): TestCase {
  const lines = [`${startTime}, ${state}, ${transport.toUpperCase()}`, ...said]
  return {
    name,
    ...(outcome === 'skipped' && { skipped: reason }),
    ...(outcome === 'failures' && { failure: { type: 'media', message: reason, lines } }),
    ...(outcome !== 'failures' && { output: lines }),
  }
}
