import { greatest } from '../bytes/greatest.ts'
import type { CaptureClock, CaptureInput } from './capture-input.ts'
import type { ClockDifference } from './clock-difference.ts'
import type { InputFacts } from './input-records.ts'
import { gapUs, isOverlap, ringsOf, type Span, spanOfBoth } from './rings.ts'

/** What is nearer is the way between the points of capture, or is known for copies as it is. */
const LEAST_APART_US = 100_000
/** Copies that agree within this, three quarters of them, tell of clocks; others of a sender that repeats itself. */
const AGREE_US = 100_000
const LEAST_COPIES = 3
/** Between captures of which one ends before the other begins a retransmission may be taken for a copy: up to 64*T1 (RFC 3261 §17.1.1.2). */
const RETRANSMITTED_US = 32_000_000
const LEAST_COPIES_APART = 5
/** Hosts whose clocks somebody set are no further apart; one of another time zone is. */
const CLOSE_US = 60_000_000
/** No time zone or daylight saving makes so much of it: what is that far behind others began with a date of its own, 1970 often. */
const NEVER_SET_US = 30 * 86_400_000_000

/** What was in both of two captures, and how much later by its clock the second had it, µs: below 0 where it is behind. */
export interface ClockSamples {
  readonly first: number
  readonly second: number
  /** Of the same datagrams and segments. */
  readonly copies: readonly number[]
  /** Of messages on different hops: what a proxy passed on. */
  readonly requests: readonly number[]
  readonly responses: readonly number[]
}

/**
 * By how much the second clock is ahead of the first; undefined where that is not known. A proxy may hold a request back for
 * as long as another way takes to fail: only what responses say as well is a clock's doing.
 *
 * @param overlap whether there is a time at which both captured, by their clocks: they, or the rings that they are files of
 */
export function clockDifference(
  { copies, requests, responses }: Pick<ClockSamples, 'copies' | 'requests' | 'responses'>,
  overlap: boolean,
): number | undefined {
  const ofCopies = agreed(copies, overlap)
  // Load generators use Call-IDs and tags again, in the next run.
  if (ofCopies !== undefined || !overlap) return ofCopies
  const both = agreed([...requests, ...responses], overlap)
  if (both === undefined) return undefined
  const isSaidBy = (told: readonly number[]) =>
    told.filter((us) => Math.abs(us - both) <= 2 * AGREE_US).length * 4 >= told.length * 3
  const isSaid = requests.length > 0 && responses.length > 0 && isSaidBy(requests) && isSaidBy(responses)
  return isSaid ? both : undefined
}

/** What three quarters of the samples say, and enough of them. */
function agreed(samples: readonly number[], overlap: boolean): number | undefined {
  const told = overlap ? samples : samples.filter((us) => Math.abs(us) > RETRANSMITTED_US)
  if (told.length < (overlap ? LEAST_COPIES : LEAST_COPIES_APART)) return undefined
  const median = told.toSorted((a, b) => a - b)[told.length >> 1]
  const agreeing = told.filter((us) => Math.abs(us - median) <= AGREE_US).length
  if (agreeing * 4 < told.length * 3) return undefined
  return Math.abs(median) < LEAST_APART_US ? 0 : Math.round(median)
}

/** How far apart the clocks are of which the samples tell. */
export function clockDifferences(
  inputs: readonly Pick<CaptureInput, 'path'>[],
  facts: readonly InputFacts[],
  samples: readonly ClockSamples[],
): readonly ClockDifference[] {
  if (samples.length === 0) return []
  const { rings, spans } = ringsOf(inputs, facts)
  const whole = new Map<number, Span>()
  for (const ring of rings) {
    const span = ring.map((index) => spans[index] as Span).reduce(spanOfBoth)
    for (const index of ring) whole.set(index, span)
  }
  return samples.flatMap((sample) => {
    const { first, second } = sample
    // What has no times says nothing of a clock.
    if (!whole.has(first) || !whole.has(second)) return []
    const isOfOne = whole.get(first) === whole.get(second)
    const [a, b] = [first, second].map((index) => (isOfOne ? spans[index] : whole.get(index)) as Span)
    const aheadUs = clockDifference(sample, isOverlap(a, b))
    return aheadUs === undefined ? [] : [{ first, second, aheadUs }]
  })
}

/**
 * The clocks of captures, each beside one of those that it can be compared with. Files of a ring are written by one host:
 * what shares nothing with another capture goes by the nearest of its ring.
 */
export function clocksOf(
  inputs: readonly Pick<CaptureInput, 'path'>[],
  facts: readonly InputFacts[],
  differences: readonly ClockDifference[],
): readonly CaptureClock[] {
  const { rings, spans } = ringsOf(inputs, facts, differences)
  const clocks: CaptureClock[] = inputs.map((_, index) => ({ of: index, aheadUs: 0 }))
  for (const ring of rings) for (const index of ring) clocks[index] = { of: ring[0], aheadUs: 0 }
  const compared = new Set(differences.flatMap(({ first, second }) => [first, second]))
  const linked = rings.filter((ring) => ring.some((index) => compared.has(index)))
  const done = new Set<number>()
  for (const ring of linked) {
    if (done.has(ring[0])) continue
    const reached = spread(ring, linked, spans, differences)
    const base = mostShared(reached, spans)
    const right = reached.get(base) === 0 ? reached : spread(ringOf(base, linked), linked, spans, differences)
    for (const [index, aheadUs] of right) {
      clocks[index] = { of: base, aheadUs: Math.abs(aheadUs) < LEAST_APART_US ? 0 : aheadUs }
      done.add(index)
    }
  }
  return clocks
}

/** The same inputs, so that all that can be compared is read by one clock; undefined where it is as they are. */
export function setRight(
  inputs: readonly CaptureInput[],
  clocks: readonly CaptureClock[],
): readonly CaptureInput[] | undefined {
  const isApart = clocks.some(({ aheadUs }) => aheadUs !== 0)
  if (!isApart || inputs.some(({ reopenable, clock }) => !reopenable || clock !== undefined)) return undefined
  return inputs.map((input, index) => ({ ...input, clock: clocks[index] }))
}

/**
 * Of each capture the first that it can be compared with as it was read: by the same clock, or with times set right. What
 * could not be set right, since a pipe is read once, stays as far apart as it is.
 */
export function comparableWith(
  inputs: readonly Pick<CaptureInput, 'clock'>[],
  clocks: readonly CaptureClock[],
): readonly number[] {
  const firsts = new Map<string, number>()
  return clocks.map(({ of, aheadUs }, index) => {
    const { clock } = inputs[index]
    if (clock !== undefined) return clock.of
    const name = `${of} ${aheadUs}`
    const first = firsts.get(name) ?? index
    firsts.set(name, first)
    return first
  })
}

/** By how much the clocks are ahead of a ring's, of all captures that can be compared with it, directly or by others. */
function spread(
  start: readonly number[],
  rings: readonly (readonly number[])[],
  spans: readonly (Span | undefined)[],
  differences: readonly ClockDifference[],
): ReadonlyMap<number, number> {
  const ahead = new Map(start.map((index) => [index, 0]))
  for (let before = 0; before < ahead.size; ) {
    before = ahead.size
    for (const [from, aheadUs] of ahead) {
      for (const { first, second, aheadUs: differenceUs } of differences) {
        if (first === from && !ahead.has(second)) ahead.set(second, aheadUs + differenceUs)
        else if (second === from && !ahead.has(first)) ahead.set(first, aheadUs - differenceUs)
      }
    }
    for (const ring of rings) alignRing(ring, ahead, spans)
  }
  return ahead
}

/** Gives the files of a ring one clock, or where it drifts those of which nothing is known that of the nearest. */
function alignRing(ring: readonly number[], ahead: Map<number, number>, spans: readonly (Span | undefined)[]): void {
  const known = ring.filter((index) => ahead.has(index))
  if (known.length === 0) return
  const sorted = known.map((index) => ahead.get(index) as number).sort((a, b) => a - b)
  const median = sorted[sorted.length >> 1]
  const isSteady = median - sorted[0] <= AGREE_US && (sorted.at(-1) as number) - median <= AGREE_US
  for (const index of ring) {
    if (isSteady) ahead.set(index, median)
    else if (!ahead.has(index)) ahead.set(index, ahead.get(nearest(index, known, spans)) as number)
  }
}

function nearest(index: number, among: readonly number[], spans: readonly (Span | undefined)[]): number {
  const away = (other: number) => gapUs(spans[index] as Span, spans[other] as Span)
  return among.reduce((near, other) => (away(other) < away(near) ? other : near))
}

/**
 * Which capture of a group goes by about the clock that most others go by: those of the group, and such as captured at the
 * same time by that clock. The first, where that is so of several. A clock that was never set is that of none.
 */
function mostShared(group: ReadonlyMap<number, number>, spans: readonly (Span | undefined)[]): number {
  const sharing = (index: number, aheadUs: number): number =>
    spans.filter((other, at) => {
      const otherUs = group.get(at)
      if (otherUs !== undefined) return Math.abs(otherUs - aheadUs) < CLOSE_US
      return other !== undefined && gapUs(spans[index] as Span, other) < CLOSE_US
    }).length
  const latestUs = greatest([...group.values()], Number.NEGATIVE_INFINITY)
  const candidates = [...group]
    .filter(([, aheadUs]) => latestUs - aheadUs < NEVER_SET_US)
    .map(([index, aheadUs]) => ({ index, shares: sharing(index, aheadUs) }))
  return candidates.reduce((most, one) =>
    one.shares > most.shares || (one.shares === most.shares && one.index < most.index) ? one : most,
  ).index
}

function ringOf(index: number, rings: readonly (readonly number[])[]): readonly number[] {
  return rings.find((ring) => ring.includes(index)) as readonly number[]
}
