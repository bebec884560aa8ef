import { firstFrom } from '../../bytes/first-from.ts'
import { addToList } from '../../bytes/lists-by-key.ts'
import { LIMITS } from '../../limits/limits.ts'
import type { Keyring, KnownKey } from '../../media/keyring.ts'
import type { Exchange } from '../../sdp/exchange.ts'

/** When a call was: µs. A call whose end was not seen goes on. */
export interface CallTime {
  readonly callId: string
  readonly startUs: number
  readonly endUs?: number | undefined
  /** When its BYE was answered last. */
  readonly byeAnsweredUs?: number | undefined
}

/** Keys of other calls that are tried for a stream, at most (rules.md, "Explaining a failure"). */
export const MAX_OTHER_KEYS: number = LIMITS.keysOfOtherCalls.most
/** Keys that are looked at for one stream: of calls further off all are counted as they stand. */
const MOST_LOOKED_AT = 8 * MAX_OTHER_KEYS

/** The keys of a trace by the calls that they belong to. */
export class TraceKeys {
  readonly #ofCall = new Map<string, KnownKey[]>()
  /** Keys of files that belong to no call of the trace. */
  readonly #ofNone: KnownKey[] = []
  readonly #times: readonly CallTime[]
  readonly #exchanges: ReadonlyMap<number, Exchange>
  readonly #count: number

  constructor(keyring: Keyring, exchanges: readonly Exchange[], calls: Iterable<CallTime>) {
    this.#exchanges = new Map(exchanges.map((exchange) => [exchange.id, exchange]))
    const times = [...calls]
    const known = new Set(times.map(({ callId }) => callId))
    const all = keyring.all
    this.#count = all.length
    for (const key of all) {
      const callIds = new Set(key.owners.map(({ callId }) => callId))
      for (const callId of callIds) {
        if (callId === undefined || !known.has(callId)) this.#ofNone.push(key)
        else addToList(this.#ofCall, callId, key)
      }
    }
    this.#times = times.filter(({ callId }) => this.#ofCall.has(callId)).sort((a, b) => a.startUs - b.startUs)
  }

  /** Keys of the trace. */
  get count(): number {
    return this.#count
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
   *
   * @param most allowed for this stream: MAX_OTHER_KEYS or fewer
   */
  between(
    fromUs: number,
    untilUs: number,
    except: (key: KnownKey) => boolean,
    most = MAX_OTHER_KEYS,
  ): { keys: KnownKey[]; leftOut: number } {
    const found = new Set<KnownKey>()
    let leftOut = 0
    let lookedAt = 0
    const take = (keys: readonly KnownKey[]): void => {
      lookedAt += keys.length
      if (found.size >= most && lookedAt > MOST_LOOKED_AT) {
        leftOut += keys.length
        return
      }
      for (const key of keys) {
        if (found.has(key) || except(key)) continue
        if (found.size < most) found.add(key)
        else leftOut++
      }
    }
    take(this.#ofNone)
    for (const { callId, startUs, endUs = Number.POSITIVE_INFINITY } of this.#nearest(fromUs)) {
      if (startUs <= untilUs && endUs >= fromUs) take(this.ofCall(callId))
    }
    return { keys: [...found], leftOut }
  }

  /** All calls that have keys, by how near to a time they began. */
  *#nearest(timeUs: number): Generator<CallTime> {
    const times = this.#times
    let after = firstFrom(times, ({ startUs }) => startUs >= timeUs)
    for (let before = after - 1; before >= 0 || after < times.length; ) {
      const isBefore =
        after >= times.length || (before >= 0 && timeUs - times[before].startUs <= times[after].startUs - timeUs)
      yield times[isBefore ? before-- : after++]
    }
  }
}
