import type { AnalysedCall } from '../../model/analysis.ts'
import { type Hop, hopOf } from '../hop-of.ts'

export type CallSide = 'caller' | 'callee'

/** Tells whose a description is, by the hop's first request: its sender is the caller's side. */
export function sideOf({ paths }: Pick<AnalysedCall, 'paths'>, described: Hop): CallSide {
  const hop = hopOf(described)
  const first = paths.find((path) => hopOf(path) === hop)
  const sender = first?.kind === 'response' ? first.destination : first?.source
  return (sender ?? described.source).address === described.source.address ? 'caller' : 'callee'
}
