import type { Endpoint } from '../bytes/endpoint.ts'
import type { AnalysedCall, DescribedFact } from '../model/analysis.ts'

export type CallSide = 'caller' | 'callee'

/** Tells whose a description is, by the hop's first request: its sender is the caller's side. */
export function sideOf(
  { paths }: Pick<AnalysedCall, 'paths'>,
  { source, destination }: Pick<DescribedFact, 'source' | 'destination'>,
): CallSide {
  const hop = hopOf(source, destination)
  const first = paths.find((path) => hopOf(path.source, path.destination) === hop)
  const sender = first?.kind === 'response' ? first.destination : first?.source
  return (sender ?? source).address === source.address ? 'caller' : 'callee'
}

function hopOf(a: Endpoint, b: Endpoint): string {
  return [a.address, b.address].sort().join(' ')
}
