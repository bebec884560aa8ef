import { basename, dirname } from 'node:path'
import { addToList } from '../bytes/lists-by-key.ts'
import type { CaptureInput } from './capture-input.ts'
import type { ClockDifference } from './clock-difference.ts'
import type { InputFacts } from './input-records.ts'
import { microsecondsOf } from './walker-state.ts'

/** A file of a ring that begins later than this behind the one before may have one missing in between. */
const GAP_US = 2_000_000

/**
 * Until when the answer to what a capture holds would be in the trace, µs: to its end, or to that of the files of its ring
 * that go on where it ends. Undefined where no record had a time.
 */
export function heardUntil(
  inputs: readonly Pick<CaptureInput, 'path'>[],
  facts: readonly InputFacts[],
): readonly (number | undefined)[] {
  const { rings, spans } = ringsOf(inputs, facts)
  const until = spans.map((span) => span?.untilUs)
  for (const ring of rings) {
    for (const [n, index] of [...ring.entries()].reverse()) {
      const next = ring[n + 1]
      if (next !== undefined && gapUs(spans[index] as Span, spans[next] as Span) <= GAP_US) until[index] = until[next]
    }
  }
  return until
}

/**
 * The captures of which records have times, files of one ring together, in the order of time.
 *
 * @param differences what is known of their clocks
 */
export function ringsOf(
  inputs: readonly Pick<CaptureInput, 'path'>[],
  facts: readonly InputFacts[],
  differences: readonly ClockDifference[] = [],
): { readonly rings: readonly (readonly number[])[]; readonly spans: readonly (Span | undefined)[] } {
  const spans = facts.map(spanOf)
  const named = new Map<string, number[]>()
  for (const [index, { path }] of inputs.entries()) {
    if (spans[index] === undefined) continue
    const name = ringName(path)
    addToList(named, name, index)
  }
  const rings = [...named].flatMap(([name, files]) => {
    const inOrder = files.toSorted((a, b) => (spans[a] as Span).fromUs - (spans[b] as Span).fromUs || a - b)
    const isEach = (holds: (before: Span, after: Span) => boolean) =>
      inOrder.every((file, n) => n === 0 || holds(spans[inOrder[n - 1]] as Span, spans[file] as Span))
    // What two hosts wrote at one time may be named alike, but is no ring; by clocks that are apart it may look like two
    // times. What goes on where the file before ends is one host's, whatever it sends again.
    const mayBeOfHosts = !LONG_NUMBER.test(basename(name)) || areApart(files, differences)
    const isOfOneHost = !mayBeOfHosts || isEach((before, after) => gapUs(before, after) <= GAP_US)
    const isRing = isOfOneHost && isEach((before, after) => !isOverlap(before, after))
    return isRing ? [inOrder] : files.map((file) => [file])
  })
  return { rings, spans }
}

function areApart(files: readonly number[], differences: readonly ClockDifference[]): boolean {
  if (files.length === 1) return false
  const among = new Set(files)
  return differences.some(({ first, second, aheadUs }) => aheadUs !== 0 && among.has(first) && among.has(second))
}

/** Counters and dates have so many digits, or stand behind `pcap`; hosts are numbered with fewer. */
const LONG_NUMBER = /000|pcap(ng)?0/i

/**
 * `sbc1_00003_20260115093000.pcap` and `edge.pcap3` are of rings that count and date their files; `sbc2_…` is of another, and
 * `10.0.0.2.pcap` is of another host than `10.0.0.1.pcap`. Numbers are 0 in it, those of three digits and more 000.
 */
function ringName(path: string): string {
  return `${dirname(path)}/${basename(path)
    .replace(/\.(gz|zst)$/i, '')
    .replace(
      /(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?!\d)|(\d{3,})|(?<![A-Za-z0-9])\d+|(?<=pcap|pcapng)\d+/gi,
      (_, address?: string, long?: string) => address ?? (long === undefined ? '0' : '000'),
    )}`
}

/** When a capture has records, µs since 1970. */
export interface Span {
  readonly fromUs: number
  readonly untilUs: number
}

function spanOf({ earliest, latest }: InputFacts): Span | undefined {
  return earliest && latest && { fromUs: microsecondsOf(earliest), untilUs: microsecondsOf(latest) }
}

export function spanOfBoth(a: Span, b: Span): Span {
  return { fromUs: Math.min(a.fromUs, b.fromUs), untilUs: Math.max(a.untilUs, b.untilUs) }
}

export function isOverlap(a: Span, b: Span): boolean {
  return a.fromUs < b.untilUs && b.fromUs < a.untilUs
}

/** Between two times; 0 where they overlap. */
export function gapUs(a: Span, b: Span): number {
  return Math.max(0, a.fromUs - b.untilUs, b.fromUs - a.untilUs)
}
