import type { Keyring, KnownKey } from '../media/keyring.ts'
import type { Exchange } from '../sdp/exchange.ts'

/** When a call was: µs. A call whose end was not seen goes on. */
export interface CallTime {
  readonly callId: string
  readonly startUs: number
  readonly endUs?: number | undefined
}

/** Keys of other calls that are tried for a stream, at most (rules.md, "Explaining a failure"). */
const MAX_OTHER_KEYS = 1000

/** The keys of a trace by the calls that they belong to. */
export class TraceKeys {
  readonly #ofCall = new Map<string, KnownKey[]>()
  /** Keys of files that belong to no call of the trace. */
  readonly #ofNone: KnownKey[] = []
  readonly #times: readonly CallTime[]
  readonly #exchanges: ReadonlyMap<number, Exchange>

  constructor(keyring: Keyring, exchanges: readonly Exchange[], calls: Iterable<CallTime>) {
    this.#exchanges = new Map(exchanges.map((exchange) => [exchange.id, exchange]))
    this.#times = [...calls]
    const known = new Set(this.#times.map(({ callId }) => callId))
    for (const key of keyring.all) {
      const callIds = new Set(key.owners.map(({ callId }) => callId))
      for (const callId of callIds) {
        if (callId === undefined || !known.has(callId)) this.#ofNone.push(key)
        else this.#ofCallOrNew(callId).push(key)
      }
    }
  }

  exchange(id: number): Exchange | undefined {
    return this.#exchanges.get(id)
  }

  ofCall(callId: string): readonly KnownKey[] {
    return this.#ofCall.get(callId) ?? []
  }

  /**
   * Keys of calls that were going on between two times in µs, and those of no call: each once, the nearest calls first,
   * and how many more there were than may be tried.
   */
  between(fromUs: number, untilUs: number, except: (key: KnownKey) => boolean): { keys: KnownKey[]; leftOut: number } {
    const calls = this.#times.filter(
      ({ callId, startUs, endUs = Number.POSITIVE_INFINITY }) =>
        startUs <= untilUs && endUs >= fromUs && this.#ofCall.has(callId),
    )
    calls.sort((a, b) => Math.abs(a.startUs - fromUs) - Math.abs(b.startUs - fromUs))
    const found = new Set<KnownKey>()
    for (const keys of [this.#ofNone, ...calls.map(({ callId }) => this.ofCall(callId))]) {
      for (const key of keys) if (!except(key)) found.add(key)
    }
    return { keys: [...found].slice(0, MAX_OTHER_KEYS), leftOut: Math.max(0, found.size - MAX_OTHER_KEYS) }
  }

  #ofCallOrNew(callId: string): KnownKey[] {
    let keys = this.#ofCall.get(callId)
    if (keys === undefined) {
      keys = []
      this.#ofCall.set(callId, keys)
    }
    return keys
  }
}
