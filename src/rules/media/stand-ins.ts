import { addToList } from '../../bytes/lists-by-key.ts'
import type { AnalysedStream, TraceFacts } from '../../model/analysis.ts'

/**
 * Sources that had the way of another one while that was silent, as music on hold and announcements have: a mixer or an SBC
 * switches between SSRCs, and the numbers of the one that waits may go on.
 */
export class StandIns {
  readonly #trace: TraceFacts
  #byFlow: ReadonlyMap<string, readonly AnalysedStream[]> | undefined

  constructor(trace: TraceFacts) {
    this.#trace = trace
  }

  /** Whether others filled most of the longest time in which a stream lacks packets. */
  during(stream: AnalysedStream): boolean {
    const { inSilence, largest } = stream.holes
    if (inSilence === 0 || largest === undefined) return false
    this.#byFlow ??= rtpByFlow(this.#trace)
    const filledUs = (this.#byFlow.get(flowOf(stream)) ?? [])
      .filter(({ firstAt, lastAt }) => {
        const isWithin = firstAt.position > stream.firstAt.position && firstAt.capture === largest.capture
        return isWithin && lastAt.capture === largest.capture && lastAt.frame < largest.frame
      })
      .map(({ firstAt, lastAt }) => lastAt.timeUs - firstAt.timeUs)
      .filter((us) => us <= largest.durationMs * 1e3)
      .reduce((sum, us) => sum + us, 0)
    return filledUs * 2 >= largest.durationMs * 1e3
  }
}

function rtpByFlow({ streams }: TraceFacts): ReadonlyMap<string, readonly AnalysedStream[]> {
  const byFlow = new Map<string, AnalysedStream[]>()
  for (const stream of streams) if (stream.report.kind === 'rtp') addToList(byFlow, flowOf(stream), stream)
  return byFlow
}

function flowOf({ report }: AnalysedStream): string {
  return `${report.src} ${report.dst}`
}
