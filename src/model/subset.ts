import type { AnalysedStream, Analysis } from './analysis.ts'
import type { Sequence } from './sequence.ts'

/**
 * The part of an analysis that is about some calls and some streams. What is the trace's as a whole stays as it is.
 *
 * @param kept the places of the calls that stay, and their new ones, in the same order
 * @param keeps which streams of no call stay
 */
export function subsetOf(
  analysis: Analysis,
  kept: ReadonlyMap<number, number>,
  keeps: (stream: AnalysedStream) => boolean,
): Analysis {
  const streams = analysis.streams.flatMap((stream) => {
    const { call } = stream
    if (call === undefined) return keeps(stream) ? [stream] : []
    return kept.has(call) ? [{ ...stream, call: kept.get(call) as number }] : []
  })
  const joined = analysis.joined.flatMap((group) => {
    const calls = group.calls.flatMap((call) => kept.get(call) ?? [])
    return calls.length < 2 ? [] : [{ ...group, calls }]
  })
  const calls = chosen(analysis.calls, kept)
  const keystreamReuse = reuseAmong(analysis.keystreamReuse, streams)
  const { certificateMismatches } = analysis
  if (certificateMismatches.length === 0) return { ...analysis, calls, streams, joined, keystreamReuse }
  const names = new Set([...calls].map(({ callId }) => callId))
  const ofCalls = certificateMismatches.filter(({ callId }) => names.has(callId))
  return { ...analysis, calls, streams, joined, keystreamReuse, certificateMismatches: ofCalls }
}

/** What two streams have in common is said where both stay. */
function reuseAmong(reuse: Analysis['keystreamReuse'], streams: readonly AnalysedStream[]): Analysis['keystreamReuse'] {
  if (reuse.length === 0) return reuse
  const names = new Set(streams.map(({ report }) => report.id))
  return reuse.filter((one) => one.streams.every((name) => names.has(name)))
}

function chosen<T>(sequence: Sequence<T>, kept: ReadonlyMap<number, unknown>): Sequence<T> {
  return {
    length: kept.size,
    *[Symbol.iterator]() {
      let index = 0
      for (const element of sequence) if (kept.has(index++)) yield element
    },
  }
}
