import { exportedSip } from '../capture/made-frame.ts'
import { parseAddress } from '../net/addresses.ts'
import { messageInClear } from '../sdp/message-in-clear.ts'
import { type Filters, isUnfiltered } from './filters.ts'
import { type MessageSource, MessageSpill, SpilledKind } from './message-spill.ts'
import type { OnMessage } from './signalling.ts'

/**
 * SIP messages without their keys, kept until the trace is met again: those of datagrams as payloads, and those that came
 * out of a connection, open or not, as frames (docs/decisions/decrypt.md).
 */
export class ClearMessages {
  readonly #spill = new MessageSpill()
  /** Call-IDs by number, where not every call is wanted. */
  readonly #calls: Map<string, number> | undefined
  #encoded = 0

  constructor(filters: Filters) {
    this.#calls = isUnfiltered(filters) ? undefined : new Map()
  }

  readonly take: OnMessage = (bytes, _truncated, context, callId) => {
    const payload = messageInClear(bytes)
    if (payload === undefined) {
      this.#encoded++
      return
    }
    const call = this.#numberOf(callId)
    const { source, destination, transport } = context
    if (transport === 'udp') {
      this.#spill.add(SpilledKind.Datagram, context, call, payload)
      return
    }
    const addresses = [source, destination].map(({ address }) => parseAddress(address) ?? new Uint8Array(4))
    const { data } = exportedSip({
      source: addresses[0],
      destination: addresses[1],
      sourcePort: source.port,
      destinationPort: destination.port,
      payload,
    })
    this.#spill.add(SpilledKind.Frame, context, call, data)
  }

  #numberOf(callId: string): number {
    if (this.#calls === undefined) return 0
    const number = this.#calls.get(callId) ?? this.#calls.size
    this.#calls.set(callId, number)
    return number
  }

  /** Messages that are not among those that `read` gives: their bodies are encoded, or there was no room for them. */
  get leftOut(): number {
    return this.#encoded + this.#spill.refused
  }

  /** @param callIds of the calls that are wanted, where not every call is */
  read(callIds: ReadonlySet<string>): MessageSource {
    const calls = this.#calls
    if (calls === undefined) return this.#spill.read(() => true)
    const wanted = new Set([...callIds].flatMap((callId) => calls.get(callId) ?? []))
    return this.#spill.read((call) => wanted.has(call))
  }

  close(): void {
    this.#spill.close()
  }
}
