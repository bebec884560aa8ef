import { Session } from 'node:inspector'

/**
 * Which blocks of the product were run, by V8's own counters (precise block coverage of the inspector's Profiler
 * domain). Counters start anew with every question.
 */
export class Coverage {
  readonly #session = new Session()
  readonly #seen = new Set<string>()

  constructor() {
    this.#session.connect()
    this.#ask('Profiler.enable')
    this.#ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Blocks that were run for the first time since this was created. */
  get blocks(): number {
    return this.#seen.size
  }

  /**
   * How many blocks ran since the last question that had not run before.
   *
   * @param peek they still count as fresh the next time
   */
  fresh(peek = false): number {
    const { result } = this.#ask('Profiler.takePreciseCoverage') as { result: readonly ScriptCoverage[] }
    let fresh = 0
    for (const { url, functions } of result) {
      if (!/\/(?:src|workers)\//.test(url) || url.includes('node_modules')) continue
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count === 0) continue
          const block = `${url} ${startOffset} ${endOffset} ${magnitude(count)}`
          if (this.#seen.has(block)) continue
          fresh++
          if (!peek) this.#seen.add(block)
        }
      }
    }
    return fresh
  }

  #ask(method: string, parameters: object = {}): unknown {
    let answer: unknown
    // The session is of this very thread: the answer is there when post returns.
    this.#session.post(method, parameters, (error, result) => {
      if (error !== null) throw error
      answer = result
    })
    return answer
  }
}

interface ScriptCoverage {
  readonly url: string
  readonly functions: readonly {
    readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[]
  }[]
}

/** A block that ran very often is another than one that ran once: that is how floods of work are found. */
function magnitude(count: number): number {
  return Math.ceil(Math.log2(count + 1) / 3)
}
