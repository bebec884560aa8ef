import { lastBegun } from '../../bytes/last-begun.ts'
import { addToList } from '../../bytes/lists-by-key.ts'
import type { AnalysedStream, TraceFacts } from '../../model/analysis.ts'

/**
 * What came in the place of a stream while that was silent: of another source on its way, as music on hold and announcements are
 * where a mixer or an SBC switches between SSRCs and the numbers of the one that waits go on; or of the same source from
 * another port, as a NAT maps it anew.
 */
export class StandIns {
  readonly #trace: TraceFacts
  #placed: ReadonlyMap<string, readonly AnalysedStream[]> | undefined

  constructor(trace: TraceFacts) {
    this.#trace = trace
  }

  /** Whether others filled most of the longest time in which a stream lacks packets. */
  during(stream: AnalysedStream): boolean {
    const { inSilence, largest } = stream.holes
    if (inSilence === 0 || largest === undefined) return false
    this.#placed ??= rtpByPlace(this.#trace)
    const filledUs = placesOf(stream)
      .flatMap((place) => lastBegun(this.#placed?.get(place) ?? [], stream.lastAt.timeUs, MOST_OF_PLACE, startOf))
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

/** Streams of one place that are looked at: thousands of calls may share it. */
const MOST_OF_PLACE = 256

function startOf({ firstAt }: AnalysedStream): number {
  return firstAt.timeUs
}

/** In the order of their beginnings. */
function rtpByPlace({ streams }: TraceFacts): ReadonlyMap<string, readonly AnalysedStream[]> {
  const placed = new Map<string, AnalysedStream[]>()
  const rtp = streams.filter(({ report }) => report.kind === 'rtp')
  for (const stream of rtp.sort((a, b) => startOf(a) - startOf(b))) {
    for (const place of placesOf(stream)) addToList(placed, place, stream)
  }
  return placed
}

/** Where streams of one way are, and where those of one source to one destination. */
function placesOf({ report: { src, dst, ssrc } }: AnalysedStream): readonly string[] {
  return [`${src} ${dst}`, `${ssrc} ${dst}`]
}
