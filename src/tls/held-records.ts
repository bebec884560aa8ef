import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS } from '../limits/limits.ts'
import type { TlsSender } from './handshake-facts.ts'
import type { LateSecrets, WaitingConnection } from './late-secrets.ts'
import type { TlsRecord } from './record-reader.ts'

/** What the rest of a record's memory counts for, beside its octets. */
const OVERHEAD = 128
/** Octets of one connection that wait. */
const MOST_OF_CONNECTION = LIMITS.tlsRecordsHeldOctets.most

/** What came of a connection: a sealed record, octets that are missing, or the end of a side. */
export type Held =
  | { readonly what: 'record'; readonly sender: TlsSender; readonly record: TlsRecord; readonly at: FrameRef }
  | SideOver

export interface SideOver {
  readonly what: 'gap' | 'end'
  readonly sender: TlsSender
  readonly at: FrameRef
}

export type HeldRoom = 'own' | 'all'

/** Who reads what waited. */
export interface HeldReader {
  /** False where it still cannot be read: it has to wait on. */
  readHeld(one: Held): boolean
  /** What waits is read from its beginning: what was concluded from the outside of sealed records is void. */
  unseal(): void
  /** It waits on: from outside is all that can be told of it. */
  sealed(one: Held): void
  /** What waited up to here stays sealed, for want of room: its own, or the room of all connections. */
  beyond(room: HeldRoom, at: FrameRef): void
}

/** Sealed records of a connection whose secret may still come, in the order in which they came, both sides together. */
export class HeldRecords implements WaitingConnection {
  readonly #late: LateSecrets
  readonly #reader: HeldReader
  #held: Held[] = []
  #bytes = 0
  /** Records may wait. */
  #open: boolean

  constructor(late: LateSecrets, reader: HeldReader) {
    this.#late = late
    this.#reader = reader
    this.#open = late.expected
  }

  get heldBytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#held.length === 0
  }

  /** Secrets are waited for. */
  get isOpen(): boolean {
    return this.#open
  }

  /** A record's octets are copied. */
  push(one: Held): void {
    if (!this.#open) return
    if (this.#bytes + sizeOf(one) > MOST_OF_CONNECTION) {
      this.#giveUp('own')
      if (one.what !== 'record') this.#reader.readHeld(one)
      return
    }
    this.#held.push(one.what === 'record' ? { ...one, record: copyOf(one.record) } : one)
    this.#bytes += sizeOf(one)
    this.#late.update(this)
  }

  retry(): void {
    const [first] = this.#held
    if (first === undefined) return
    const held = this.#held
    this.#held = []
    this.#reader.unseal()
    const next = held.findIndex((one) => !this.#reader.readHeld(one))
    if (next >= 0) {
      this.#held = held.slice(next)
      for (const one of this.#held) this.#reader.sealed(one)
    }
    this.#bytes = this.#held.reduce((sum, one) => sum + sizeOf(one), 0)
    this.#late.update(this)
  }

  giveUp(): void {
    this.#giveUp('all')
  }

  #giveUp(room: HeldRoom): void {
    this.#open = false
    const held = this.#held
    this.#held = []
    this.#bytes = 0
    this.#late.update(this)
    const last = held.at(-1)
    if (last !== undefined) this.#reader.beyond(room, last.at)
    for (const one of held) if (one.what !== 'record') this.#reader.readHeld(one)
  }
}

function sizeOf(one: Held): number {
  return OVERHEAD + (one.what === 'record' ? one.record.fragment.length : 0)
}

function copyOf({ type, version, fragment }: TlsRecord): TlsRecord {
  return { type, version, fragment: Uint8Array.from(fragment) }
}
