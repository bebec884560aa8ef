import type { Binder } from '../media/binder.ts'
import type { Keyring } from '../media/keyring.ts'
import type { AnomalyLog } from '../model/anomaly-log.ts'
import { I, type StreamTable } from '../rtp/stream-table.ts'
import type { CallTable } from '../sip/call-table.ts'
import type { EndedCalls } from './ended-calls.ts'
import type { ExchangeLog } from './exchange-log.ts'

/** Who keeps what offers and answers gave. */
interface Keepers {
  readonly calls: CallTable
  readonly exchanges: ExchangeLog
  readonly binder: Binder
  readonly keyring: Keyring
  readonly streams: StreamTable
  readonly anomalies: AnomalyLog
  readonly ended: EndedCalls | undefined
}

/** Lets go of what offers and answers gave, by Call-ID. */
export class Forgetting {
  readonly #of: Keepers

  constructor(of: Keepers) {
    this.#of = of
  }

  /** What Call-IDs gave that were given up is kept as long as there is room for it. */
  evicted(): void {
    const { calls, exchanges, anomalies } = this.#of
    const gone = exchanges.beyondRoom((callId) => calls.get(callId) !== undefined)
    if (gone.size > 0) anomalies.dropped({ exchanges: this.forget(gone) })
  }

  /** Returns of how many exchanges. */
  forget(callIds: ReadonlySet<string>): number {
    const { binder, keyring, exchanges, ended } = this.#of
    const used = this.#keysInUse()
    binder.release(callIds)
    keyring.release(callIds, (key) => used.has(key))
    ended?.release(callIds)
    return exchanges.release(callIds)
  }

  /** Keys that a stream was begun under. */
  #keysInUse(): ReadonlySet<number> {
    const { streams } = this.#of
    const used = new Set<number>()
    for (let id = 0; id < streams.count; id++) used.add(streams.ints[streams.intsAt(id) + I.Key])
    return used
  }
}
