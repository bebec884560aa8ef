import type { AnalysedStream } from '../../model/analysis.ts'
import type { Stream } from '../../model/report.ts'

/** What the streams of a call show, of which every m= line of it may ask. */
export class SeenStreams {
  readonly #streams: readonly AnalysedStream[]
  #usedKeys: ReadonlySet<string> | undefined
  #keyedElsewhere: ReadonlySet<number> | undefined

  constructor(streams: readonly AnalysedStream[]) {
    this.#streams = streams
  }

  /** Fingerprints of the keys that packets verify under. */
  get usedKeys(): ReadonlySet<string> {
    this.#usedKeys ??= new Set(
      this.#streams.flatMap(({ verifiedUnder }) => verifiedUnder.map(({ fingerprint }) => fingerprint)),
    )
    return this.#usedKeys
  }

  /**
   * Who sends SRTP has told its key where this capture does not show it: by ZRTP, or in lines that a log left out. What compresses
   * looks encrypted by itself: whose RTCP is in the clear has none.
   *
   * @param index of an m= line
   */
  areKeyedElsewhere(index: number): boolean {
    this.#keyedElsewhere ??= keyedElsewhere(this.#streams)
    return this.#keyedElsewhere.has(index)
  }
}

/** The m= lines whose offerer sends what is not in the clear. */
function keyedElsewhere(streams: readonly AnalysedStream[]): ReadonlySet<number> {
  const ofOfferer = (is: (report: Stream) => boolean): number[] =>
    streams.flatMap(({ report }) =>
      report.sender === 'offerer' && report.mediaIndex !== undefined && is(report) ? [report.mediaIndex] : [],
    )
  const protectedLines = new Set(ofOfferer(({ kind, plain, packets }) => kind === 'rtp' && plain < packets))
  for (const index of ofOfferer(({ kind, plain, packets }) => kind === 'rtcp' && plain === packets))
    protectedLines.delete(index)
  return protectedLines
}
