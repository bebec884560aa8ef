import type { Exchange } from '../../sdp/exchange.ts'
import type { Explained, Explanation } from './explainer.ts'
import type { StreamPlan } from './plan.ts'
import type { FlowNeighbours, StreamVerdict } from './verdict.ts'

/** Everything that verification found out about one stream. */
export interface JudgedStream {
  readonly plan: StreamPlan
  readonly verdict: StreamVerdict
  readonly neighbours: FlowNeighbours
  readonly explanation?: Explanation
  /** Where it fails: keys of other calls that were tried, and those that were too many. */
  readonly otherKeys?: Explained['otherKeys']
  readonly otherUsesLeftOut?: Explained['otherUsesLeftOut']
  /** It fails, and was not looked into: too many do. */
  readonly isSkipped?: boolean
  /** Where it fails: the exchanges of the trace, by their numbers. */
  readonly exchangeOf?: (id: number) => Exchange | undefined
}
