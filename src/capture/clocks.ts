import { basename, dirname } from 'node:path'
import type { CaptureClock, CaptureInput } from './capture-input.ts'
import type { InputFacts } from './input-records.ts'
import type { CaptureTime } from './walker-state.ts'

/** By how much one capture's clock is ahead of another's, µs. */
export interface ClockDifference {
  readonly first: number
  readonly second: number
  readonly aheadUs: number
}

/** What is nearer is the way between the points of capture, or is known for copies as it is. */
const LEAST_APART_US = 100_000
/** Copies that agree within this, three quarters of them, tell of clocks; others of a sender that repeats itself. */
const AGREE_US = 100_000
const LEAST_COPIES = 3
/** Between captures of which one ends before the other begins a retransmission may be taken for a copy: up to 64*T1 (RFC 3261 §17.1.1.2). */
const RETRANSMITTED_US = 32_000_000
const LEAST_COPIES_APART = 10
/** A file of a ring that begins later than this behind the one before may have one missing in between. */
const GAP_US = 2_000_000
/** Hosts whose clocks somebody set are no further apart; one of another time zone is. */
const CLOSE_US = 60_000_000

/**
 * By how much the second clock is ahead of the first; undefined where that is not known.
 *
 * @param laterUs for each datagram that is in both, how much later the second has it
 * @param overlap whether there is a time at which both captured, by their clocks: they, or the rings that they are files of
 */
export function clockDifference(laterUs: readonly number[], overlap: boolean): number | undefined {
  const told = overlap ? laterUs : laterUs.filter((us) => Math.abs(us) > RETRANSMITTED_US)
  if (told.length < (overlap ? LEAST_COPIES : LEAST_COPIES_APART)) return undefined
  const median = told.toSorted((a, b) => a - b)[told.length >> 1]
  const agreeing = told.filter((us) => Math.abs(us - median) <= AGREE_US).length
  if (agreeing * 4 < told.length * 3) return undefined
  return Math.abs(median) < LEAST_APART_US ? 0 : Math.round(median)
}

/** What was in both of two captures, and how much later by its clock the second had it, µs. */
export interface ClockSamples {
  readonly first: number
  readonly second: number
  /** Below 0 where the clock of the second is behind. */
  readonly laterUs: readonly number[]
}

/** How far apart the clocks are of which the samples tell. */
export function clockDifferences(
  inputs: readonly Pick<CaptureInput, 'path'>[],
  facts: readonly InputFacts[],
  samples: readonly ClockSamples[],
): readonly ClockDifference[] {
  if (samples.length === 0) return []
  const spans = facts.map(spanOf)
  const rings = inputs.map(({ path }) => ringName(path))
  const whole = new Map<string, Span>()
  for (const [index, span] of spans.entries()) {
    const known = whole.get(rings[index])
    if (span !== undefined) whole.set(rings[index], known === undefined ? span : spanOfBoth(known, span))
  }
  return samples.flatMap(({ first, second, laterUs }) => {
    const isOfOne = rings[first] === rings[second]
    const [a, b] = [first, second].map((index) => (isOfOne ? spans[index] : whole.get(rings[index])) as Span)
    const aheadUs = clockDifference(laterUs, isOverlap(a, b))
    return aheadUs === undefined ? [] : [{ first, second, aheadUs }]
  })
}

/**
 * The clocks of captures, each beside one of those that it can be compared with. Files of a ring are written by one host:
 * what shares nothing with another capture goes by the nearest file that is named alike but for its numbers.
 */
export function clocksOf(
  inputs: readonly Pick<CaptureInput, 'path'>[],
  facts: readonly InputFacts[],
  differences: readonly ClockDifference[],
): readonly CaptureClock[] {
  const spans = facts.map(spanOf)
  const clocks: (CaptureClock | undefined)[] = inputs.map(() => undefined)
  const linked = new Set(differences.flatMap(({ first, second }) => [first, second]))
  for (const start of [...linked].sort((a, b) => a - b)) {
    if (clocks[start] !== undefined) continue
    clocks[start] = { of: start, aheadUs: 0 }
    const group = spread(start, clocks, differences)
    const of = mostShared(group, clocks, spans)
    const baseUs = (clocks[of] as CaptureClock).aheadUs
    for (const index of group) clocks[index] = { of, aheadUs: (clocks[index] as CaptureClock).aheadUs - baseUs }
  }
  const rings = inputs.map(({ path }) => ringName(path))
  return clocks.map((clock, index) => {
    clocks[index] = clock ?? ringClock(index, rings, spans, clocks) ?? { of: index, aheadUs: 0 }
    return clocks[index]
  })
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

/** Goes from a capture to all that can be compared with it, directly or by others; returns them, itself included. */
function spread(
  start: number,
  clocks: (CaptureClock | undefined)[],
  differences: readonly ClockDifference[],
): readonly number[] {
  const reached = [start]
  for (const from of reached) {
    const { of, aheadUs } = clocks[from] as CaptureClock
    for (const { first, second, aheadUs: differenceUs } of differences) {
      const to = first === from ? second : second === from ? first : from
      if (clocks[to] !== undefined) continue
      clocks[to] = { of, aheadUs: aheadUs + (first === from ? differenceUs : -differenceUs) }
      reached.push(to)
    }
  }
  return reached
}

/**
 * Which capture of a group goes by about the clock that most others go by: those of the group, and such as captured at the
 * same time by that clock. The first, where that is so of several.
 */
function mostShared(
  group: readonly number[],
  clocks: readonly (CaptureClock | undefined)[],
  spans: readonly (Span | undefined)[],
): number {
  const ofGroup = new Set(group)
  const sharing = (index: number): number => {
    const { aheadUs } = clocks[index] as CaptureClock
    const span = spans[index] as Span
    return spans.filter((other, at) =>
      ofGroup.has(at)
        ? Math.abs((clocks[at] as CaptureClock).aheadUs - aheadUs) < CLOSE_US
        : other !== undefined && gapUs(span, other) < CLOSE_US,
    ).length
  }
  const candidates = group.toSorted((a, b) => a - b).map((index) => ({ index, shares: sharing(index) }))
  return candidates.reduce((most, one) => (one.shares > most.shares ? one : most)).index
}

/** That of the nearest file of the same ring, of those whose clocks are known, unless one that goes by it was written meanwhile. */
function ringClock(
  index: number,
  rings: readonly string[],
  spans: readonly (Span | undefined)[],
  clocks: readonly (CaptureClock | undefined)[],
): CaptureClock | undefined {
  const span = spans[index]
  let nearest: { readonly clock: CaptureClock; readonly gapUs: number } | undefined
  for (const [other, clock] of clocks.entries()) {
    const otherSpan = spans[other]
    if (clock === undefined || span === undefined || otherSpan === undefined || rings[other] !== rings[index]) continue
    if (isOverlap(span, otherSpan)) continue
    const us = gapUs(span, otherSpan)
    if (nearest === undefined || us < nearest.gapUs) nearest = { clock, gapUs: us }
  }
  const clock = nearest?.clock
  const isOfAnother = clocks.some((other, at) => {
    const otherSpan = spans[at]
    if (other === undefined || other.of !== clock?.of || rings[at] !== rings[index]) return false
    return (
      other.aheadUs === clock.aheadUs && otherSpan !== undefined && span !== undefined && isOverlap(span, otherSpan)
    )
  })
  return isOfAnother ? undefined : clock
}

/**
 * Until when the answer to what a capture holds would be in the trace, µs: to its end, or to that of the files of its ring
 * that go on where it ends. Undefined where no record had a time.
 */
export function heardUntil(
  inputs: readonly Pick<CaptureInput, 'path'>[],
  facts: readonly InputFacts[],
): readonly (number | undefined)[] {
  const spans = facts.map(spanOf)
  const until = spans.map((span) => span?.untilUs)
  const rings = new Map<string, { readonly index: number; readonly span: Span }[]>()
  for (const [index, span] of spans.entries()) {
    if (span === undefined) continue
    const name = ringName(inputs[index].path)
    const known = rings.get(name)
    if (known === undefined) rings.set(name, [{ index, span }])
    else known.push({ index, span })
  }
  for (const ring of rings.values()) {
    const files = ring.toSorted((a, b) => b.span.fromUs - a.span.fromUs)
    // Files of several hosts that are named alike.
    if (files.some(({ span }, n) => n > 0 && isOverlap(span, files[n - 1].span))) continue
    for (const [n, { index, span }] of files.entries()) {
      const next = files[n - 1]
      if (next !== undefined && gapUs(span, next.span) <= GAP_US) until[index] = until[next.index]
    }
  }
  return until
}

/** `edge_00003_20260115093000.pcap` and `edge.pcap3` are of rings that count and date their files. */
function ringName(path: string): string {
  return `${dirname(path)}/${basename(path).replace(/\d+/g, '0')}`
}

interface Span {
  readonly fromUs: number
  readonly untilUs: number
}

function spanOf({ earliest, latest }: InputFacts): Span | undefined {
  return earliest && latest && { fromUs: microseconds(earliest), untilUs: microseconds(latest) }
}

function microseconds({ seconds, nanoseconds }: CaptureTime): number {
  return seconds * 1e6 + nanoseconds / 1e3
}

function spanOfBoth(a: Span, b: Span): Span {
  return { fromUs: Math.min(a.fromUs, b.fromUs), untilUs: Math.max(a.untilUs, b.untilUs) }
}

function isOverlap(a: Span, b: Span): boolean {
  return a.fromUs < b.untilUs && b.fromUs < a.untilUs
}

/** Between two times; 0 where they overlap. */
function gapUs(a: Span, b: Span): number {
  return Math.max(0, a.fromUs - b.untilUs, b.fromUs - a.untilUs)
}
