import type { AnalysedCall, DescribedFact } from '../../model/analysis.ts'

export type CallSide = 'caller' | 'callee'

type Hop = Pick<DescribedFact, 'source' | 'destination'>

/** Tells whose a description is, by the hop's first request: its sender is the caller's side. */
export function sideOf({ paths }: Pick<AnalysedCall, 'paths'>, described: Hop): CallSide {
  const first = paths.find((path) => isSameHop(path, described))
  const sender = first?.kind === 'response' ? first.destination : first?.source
  return (sender ?? described.source).address === described.source.address ? 'caller' : 'callee'
}

/** Between the same two hosts, either way. */
function isSameHop({ source, destination }: Hop, { source: a, destination: b }: Hop): boolean {
  return (
    (source.address === a.address && destination.address === b.address) ||
    (source.address === b.address && destination.address === a.address)
  )
}
