import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS, type OnLimit } from '../limits/limits.ts'
import type { ClearSip } from '../model/analysis.ts'
import type { MessageContext } from '../sip/context.ts'

/** Pairs of addresses that are kept apart; a flood from forged sources must not fill memory. */
const MOST_PAIRS = LIMITS.clearSipPairs.most
const FRAMES = 20

interface Entry extends Pick<ClearSip, 'transport' | 'source' | 'destination'> {
  messages: number
  registers: number
  registrar: Endpoint | undefined
  readonly at: FrameRef[]
}

/** Counts the SIP messages in the clear, by transport and pair of endpoints, whichever way they go. */
export class ClearSipCounts {
  readonly #entries = new Map<string, Entry>()
  /** The same entries by endpoints that are one object each: no text is made for a message between known ones. */
  #known = new Map<Endpoint, Map<Endpoint, Entry>>()
  #pairs = 0
  readonly #onLimit: OnLimit

  constructor(onLimit: OnLimit) {
    this.#onLimit = onLimit
  }

  count(context: MessageContext, isRegister: boolean): void {
    const { transport, source, destination, at } = context
    if (transport === 'tls' || transport === 'wss') return
    const known = this.#known.get(source)?.get(destination)
    const entry = known?.transport === transport ? known : this.#entryOf(context)
    if (entry === undefined) {
      this.#onLimit('clearSipPairs', at)
      return
    }
    entry.messages++
    if (isRegister) {
      entry.registers++
      entry.registrar ??= destination
    }
    if (entry.at.length < FRAMES) entry.at.push(at)
  }

  /** In order of appearance. */
  list(): ClearSip[] {
    return [...this.#entries.values()].map((entry) => ({ ...entry }))
  }

  #entryOf({ transport, source, destination }: MessageContext): Entry | undefined {
    const key = `${transport} ${[formatEndpoint(source), formatEndpoint(destination)].sort().join(' ')}`
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      if (this.#entries.size >= MOST_PAIRS) return undefined
      entry = { transport, source, destination, messages: 0, registers: 0, registrar: undefined, at: [] }
      this.#entries.set(key, entry)
    }
    if (++this.#pairs > 2 * MOST_PAIRS) {
      this.#known = new Map()
      this.#pairs = 0
    }
    const known = this.#known.get(source)
    if (known === undefined) this.#known.set(source, new Map([[destination, entry]]))
    else known.set(destination, entry)
    return entry
  }
}
