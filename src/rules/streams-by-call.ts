import type { AnalysedStream, TraceFacts } from '../model/analysis.ts'

type OwnedStream = AnalysedStream & { readonly call: number }

/** Those that a call owns. */
export function ownedOf(streams: readonly AnalysedStream[]): OwnedStream[] {
  return streams.filter((stream): stream is OwnedStream => stream.call !== undefined)
}

/** The streams of one call after another: put in order once for all that ask. */
export class StreamsByCall {
  readonly #streams: readonly OwnedStream[]
  #next = 0

  constructor({ streams }: Pick<TraceFacts, 'streams'>) {
    this.#streams = ownedOf(streams).sort((a, b) => a.call - b.call)
  }

  /** Those that a call owns, in the order of the trace. Calls are asked for from the first on, none left out. */
  of(call: number): readonly AnalysedStream[] {
    const from = this.#next
    while (this.#streams[this.#next]?.call === call) this.#next++
    return this.#next === from ? NONE : this.#streams.slice(from, this.#next)
  }
}

const NONE: readonly AnalysedStream[] = []
