import type { Counter, Gauge, Registry } from 'prom-client'

export type PromClient = typeof import('prom-client')

/** What a pair of series is called and what it says. */
export interface JudgedText {
  /** Name of the counter, `_total` included, and of the gauge. */
  readonly counter: string
  readonly gauge: string
  readonly help: string
  readonly labels: readonly string[]
}

/** Values of labels that are told apart; what comes beyond is `other`. Rules, kinds, states and reasons are far fewer. */
const MOST_VALUES = 200

/** Stands between the values of labels in a key. */
const BETWEEN = '\u0000'

/**
 * What may be judged otherwise as long as its call runs, as two series: a counter of what was judged for good, which
 * never goes down, and a gauge of what is at hand, as it is judged now. Together they are the whole run.
 */
export class JudgedSeries {
  readonly #counter: Counter
  readonly #gauge: Gauge
  readonly #labels: readonly string[]
  /** By the values of the labels: at hand, and of that what is now judged for good. */
  readonly #sums = new Map<string, { here: number; gone: number }>()

  constructor(client: PromClient, registry: Registry, text: JudgedText) {
    const { counter, gauge, help, labels } = text
    const rest = { labelNames: [...labels], registers: [registry] }
    this.#labels = labels
    this.#counter = new client.Counter({ name: counter, help: `${help}, of calls that have ended`, ...rest })
    this.#gauge = new client.Gauge({ name: gauge, help: `${help}, at hand`, ...rest })
  }

  /** Counts what is at hand. */
  see(count: number, ...values: readonly string[]): void {
    if (count > 0) this.#sumsOf(values).here += count
  }

  /** Counts what was judged for good, which was seen before. */
  settle(count: number, ...values: readonly string[]): void {
    if (count > 0) this.#sumsOf(values).gone += count
  }

  /** Shows what was counted, and begins anew. Values that are no longer at hand stay, with 0. */
  publish(): void {
    for (const [key, sums] of this.#sums) {
      const values = key.split(BETWEEN)
      const labels = Object.fromEntries(this.#labels.map((label, n) => [label, values[n]]))
      this.#counter.inc(labels, sums.gone)
      this.#gauge.set(labels, Math.max(0, sums.here - sums.gone))
      sums.here = 0
      sums.gone = 0
    }
  }

  #sumsOf(values: readonly string[]): { here: number; gone: number } {
    const wanted = values.join(BETWEEN)
    const isKept = this.#sums.has(wanted) || this.#sums.size < MOST_VALUES
    const key = isKept ? wanted : values.map(() => 'other').join(BETWEEN)
    let sums = this.#sums.get(key)
    if (sums === undefined) {
      sums = { here: 0, gone: 0 }
      this.#sums.set(key, sums)
    }
    return sums
  }
}
