import { lostPackets } from '../rtp/stream-statistics.ts'
import { I, type StreamTable } from '../rtp/stream-table.ts'
import type { CountedSteps, Timelines } from '../rtp/timelines.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import type { ResolvedSteps, StepOutcome } from '../verify/second-pass/resolved-steps.ts'
import type { AnalysedStream } from './analysis.ts'
import type { Stream, Timeline } from './report.ts'
import { jitterSlotOf } from './streams.ts'
import { formatTime } from './time.ts'

/** A stream as the report has it. With its timeline it is good until the trace goes on. */
export function reportedStream({ report, timeline }: AnalysedStream): Stream {
  return timeline === undefined ? report : { ...report, timeline: timeline() }
}

/** What the verdict on a stream says of its steps: all that is kept of it until somebody looks at them. */
interface Judged {
  /** What the first pass counted, where that holds. */
  readonly first: Readonly<Record<'verified' | 'plain' | 'cut' | 'unkeyed', number>>
  readonly later: ResolvedSteps | undefined
  readonly hasKeys: boolean
  /** It was agreed to be in the clear for some time. */
  readonly agreedPlain: boolean
  readonly packets: number
  readonly failed: number
  readonly plain: number
}

/**
 * What puts the timeline of a stream together: its counts, step by step. Nothing where there was no room to keep its
 * steps.
 */
export function timelineReader(
  stream: JudgedStream,
  table: StreamTable,
  timelines: Timelines,
): (() => Timeline) | undefined {
  const { id, kind } = stream.plan.stream
  const span = timelines.spanOf(id)
  if (span === undefined) return undefined
  const judged = judgedOf(stream, table)
  const slot = kind === 'rtp' ? jitterSlotOf(stream, table) : -1
  return () => {
    const counted = timelines.stepsOf(id)
    const { failed, plain, unverified } = outcomesOf(judged, counted)
    return {
      start: formatTime(span.startUs),
      stepSeconds: span.stepUs / 1e6,
      packets: [...counted.packets],
      ...(kind === 'rtp' && lostPackets(table, id) > 0 && { lost: lostOf(counted.missing) }),
      ...(slot >= 0 && { jitterMs: Array.from(counted.jitterUs[slot], (us) => us / 1000) }),
      ...(failed.some(isAny) && { failed }),
      ...(plain.some(isAny) && { plain }),
      ...(unverified.some(isAny) && { unverified }),
    }
  }
}

function judgedOf({ plan, verdict }: JudgedStream, table: StreamTable): Judged {
  const { ints } = table
  const i = table.intsAt(plan.stream.id)
  const { packets, failed, plain, resolved } = verdict
  return {
    first: plan.keepFirstPass
      ? { verified: ints[i + I.Verified], plain: ints[i + I.Plain], cut: ints[i + I.Cut], unkeyed: ints[i + I.Unkeyed] }
      : NOTHING,
    later: resolved,
    hasKeys: plan.keying.source !== 'none',
    agreedPlain: plan.keying.plain.length > 0,
    packets,
    failed,
    plain,
  }
}

const NOTHING = { verified: 0, plain: 0, cut: 0, unkeyed: 0 }

/**
 * What became of the packets of each step: verdictOf for steps. A packet that the second pass did not meet was judged by
 * the first: that judges what lies before a stream's first surprise.
 */
function outcomesOf(
  { first, later, ...judged }: Judged,
  { packets, plainLooking, cut }: CountedSteps,
): { readonly failed: number[]; readonly plain: number[]; readonly unverified: number[] } {
  const met = metFirst(packets, later, first.verified + first.plain + first.cut + first.unkeyed)
  let plainLeft = first.plain
  const failed: number[] = []
  const plain: number[] = []
  const unverified: number[] = []
  for (const [n, count] of packets.entries()) {
    const cutFirst = cut[n] - of(later, 'cut', n)
    // The first pass finds RTCP plain where it fails and looks so: nearly all that looks so.
    const plainFirst = Math.min(plainLeft, plainLooking[n], Math.max(0, met[n] - cutFirst))
    plainLeft -= plainFirst
    const failedLater = of(later, 'failed', n)
    if (judged.plain === judged.packets) plain[n] = count
    else if (!judged.hasKeys) plain[n] = judged.plain > 0 ? plainLooking[n] : 0
    else {
      const agreed = first.unkeyed > 0 && judged.agreedPlain ? met[n] : 0
      plain[n] = plainFirst + agreed + of(later, 'plain', n) + (judged.failed > 0 ? 0 : failedLater)
    }
    failed[n] = judged.failed > 0 ? failedLater : 0
    const verifiedFirst = first.verified > 0 ? Math.max(0, met[n] - cutFirst - plainFirst) : 0
    unverified[n] = count - verifiedFirst - of(later, 'verified', n) - failed[n] - plain[n]
  }
  return { failed, plain, unverified }
}

/** The packets of each step that the first pass judged, `judged` in all: where the spill had no room, the last were not. */
function metFirst(packets: Uint32Array, later: ResolvedSteps | undefined, judged: number): number[] {
  const kinds = Object.values(later ?? {}) as Uint32Array[]
  const met = Array.from(packets, (count, n) => kinds.reduce((left, counts) => left - counts[n], count))
  let beyond = met.reduce((sum, count) => sum + count, 0) - judged
  for (let n = met.length - 1; beyond > 0 && n >= 0; n--) {
    const taken = Math.min(beyond, met[n])
    met[n] -= taken
    beyond -= taken
  }
  return met
}

function of(steps: ResolvedSteps | undefined, outcome: StepOutcome, n: number): number {
  return steps?.[outcome]?.[n] ?? 0
}

/**
 * Packets lost in each step. Copies that came too late to be known as such make up for losses (RFC 3550 A.3): for those
 * that are noted behind them, or else before.
 */
export function lostOf(missing: Int32Array): number[] {
  const lost = [...missing]
  let surplus = 0
  const settle = (n: number): void => {
    const rest = lost[n] - surplus
    lost[n] = Math.max(0, rest)
    surplus = Math.max(0, -rest)
  }
  for (let n = 0; n < lost.length; n++) settle(n)
  for (let n = lost.length - 1; surplus > 0 && n >= 0; n--) settle(n)
  return lost
}

function isAny(count: number): boolean {
  return count !== 0
}
