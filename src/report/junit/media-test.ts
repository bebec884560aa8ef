import type { Call, Stream } from '../../model/report.ts'
import { count, formatNumber, type Paint, type TextOptions } from '../layout.ts'
import { streamsLines } from '../text-streams.ts'
import type { TestCase } from './test-case.ts'

/** The fates of packets that leave open, or contradict, that media was protected. */
const OPEN = [
  ['failed', 'failed'],
  ['plain', 'in the clear'],
  ['unverified', 'unverified'],
] as const

/** Why it is not shown that all media of a call was protected; undefined where it is. */
export function notShown(streams: readonly Stream[]): string | undefined {
  const sum = (field: 'packets' | (typeof OPEN)[number][0]) => streams.reduce((all, one) => all + one[field], 0)
  const packets = sum('packets')
  if (packets === 0) return 'no media was captured'
  const fates = OPEN.filter(([field]) => sum(field) > 0).map(([field, fate]) => `${formatNumber(sum(field))} ${fate}`)
  return fates.length === 0 ? undefined : `of ${count(packets, 'packet')}: ${fates.join(', ')}`
}

/**
 * Whether the media of a call was protected. It passes where every packet verified, and is skipped otherwise, with the
 * counts: what of that is a fault, the findings say.
 */
export function mediaTest(
  call: Call,
  name: string,
  streams: readonly Stream[],
  options: TextOptions,
  paint: Paint,
): TestCase {
  const reason = notShown(streams)
  const { state, transport, startTime } = call
  return {
    name,
    ...(reason !== undefined && { skipped: reason }),
    output: [`${startTime}, ${state}, ${transport.toUpperCase()}`, ...streamsLines(streams, options, paint)],
  }
}
