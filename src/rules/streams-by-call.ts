import { groupedBy } from '../bytes/lists-by-key.ts'
import type { AnalysedCall, AnalysedStream, TraceFacts } from '../model/analysis.ts'

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

/** Streams with their calls, as these are shown to a rule one at a time; those of no call come at the end. */
export function judgeByCall<T>(
  streams: readonly AnalysedStream[],
  judge: (stream: AnalysedStream, call: AnalysedCall | undefined) => readonly T[],
): { call: (call: AnalysedCall, index: number) => readonly T[]; end: () => readonly T[] } {
  const waiting = groupedBy(streams, ({ call }) => call)
  return {
    call: (call, index) => {
      const found = (waiting.get(index) ?? []).flatMap((stream) => judge(stream, call))
      waiting.delete(index)
      return found
    },
    end: () => [...waiting.values()].flat().flatMap((stream) => judge(stream, undefined)),
  }
}
