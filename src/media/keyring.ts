import type { Exchange } from '../sdp/exchange.ts'
import { fingerprint, identityOf, type MasterKey } from '../srtp/session-keys.ts'
import type { Side } from './media-line.ts'

/** Who a key belongs to; several owners may share one (a relay that passes SDES keys through). */
export interface KeyOwner {
  readonly source: 'sdp' | 'keys-file' | 'tls' | 'dtls'
  readonly callId?: string
  /** SDP: the exchange, m= line and side that gave it, and the tag it was given under. */
  readonly exchange?: number
  readonly mediaIndex?: number
  readonly side?: Side
  readonly tag?: number
  readonly label?: string
  /** DTLS: `source > destination` of the packets that are sent under it. */
  readonly flow?: string
}

/** Of a key that a side's a=crypto line for an m= line has under a tag. */
export function ownerInSdp({ id, callId, transport }: Exchange, mediaIndex: number, side: Side, tag: number): KeyOwner {
  const source = transport === 'tls' || transport === 'wss' ? 'tls' : 'sdp'
  return { source, callId, exchange: id, mediaIndex, side, tag }
}

export interface KnownKey {
  /** Number in the key table, from 1. */
  readonly number: number
  readonly master: MasterKey
  readonly fingerprint: string
  readonly owners: KeyOwner[]
}

/** From so many on, owners are looked up by name. */
const MANY_OWNERS = 32

/** Every key of a trace, numbered once; the same key from two places is one entry with two owners. */
export class Keyring {
  readonly #byIdentity = new Map<string, KnownKey>()
  /** By number less one; empty where a key was let go. */
  readonly #all: (KnownKey | undefined)[] = []
  readonly #free: number[] = []
  /** Call-IDs that were let go and own keys that are used. */
  #held = new Set<string>()
  /** Names of the owners of keys that have many. */
  readonly #names = new WeakMap<KnownKey, Set<string>>()
  readonly #capacity: number
  readonly #store: (number: number, master: MasterKey) => void
  readonly #erase: (number: number) => void
  /** Fingerprints of keys that found no room, as many as there is room for keys. */
  readonly #refused = new Set<string>()

  /**
   * @param store puts a new key where the threads find it
   * @param erase overwrites it there, when it was let go
   */
  constructor(
    capacity: number,
    store: (number: number, master: MasterKey) => void,
    erase: (number: number) => void = () => undefined,
  ) {
    this.#capacity = capacity
    this.#store = store
    this.#erase = erase
  }

  /** The key's entry, made where it is new; `undefined` where the table is full. */
  add(master: MasterKey, owner: KeyOwner): KnownKey | undefined {
    const identity = identityOf(master)
    const known = this.#byIdentity.get(identity)
    if (known !== undefined) {
      if (!this.#isOwner(known, owner)) known.owners.push(owner)
      return known
    }
    const number = this.#free.pop() ?? this.#all.length + 1
    const name = fingerprint(master.masterKey, master.masterSalt)
    if (number >= this.#capacity) {
      if (this.#refused.size < this.#capacity) this.#refused.add(name)
      return undefined
    }
    const entry: KnownKey = { number, master, fingerprint: name, owners: [owner] }
    this.#byIdentity.set(identity, entry)
    this.#all[number - 1] = entry
    this.#store(number, master)
    return entry
  }

  /** Load generators have one key for a hundred thousand calls: no search of so long a list for each. */
  #isOwner(known: KnownKey, owner: KeyOwner): boolean {
    const { owners } = known
    if (owners.length < MANY_OWNERS) return owners.some((one) => sameOwner(one, owner))
    let names = this.#names.get(known)
    if (names?.size !== owners.length) {
      names = new Set(owners.map(nameOf))
      this.#names.set(known, names)
    }
    const name = nameOf(owner)
    const isKnown = names.has(name)
    // It is pushed next.
    names.add(name)
    return isKnown
  }

  /** The key of a number that was given and not let go. */
  get(number: number): KnownKey {
    return this.#all[number - 1] as KnownKey
  }

  get all(): readonly KnownKey[] {
    return this.#all.filter((key) => key !== undefined)
  }

  /**
   * Lets go of calls: keys that belong to nobody else are gone, and their numbers are given again.
   *
   * @param isUsed whether a stream that stays was begun under a key: it stays as it is, until a later release
   */
  release(callIds: ReadonlySet<string>, isUsed: (number: number) => boolean = () => false): void {
    const gone = new Set([...this.#held, ...callIds])
    this.#held = new Set()
    for (const key of this.all) {
      const kept = key.owners.filter(({ callId }) => callId === undefined || !gone.has(callId))
      if (kept.length === key.owners.length) continue
      if (kept.length === 0 && isUsed(key.number)) {
        for (const { callId } of key.owners) if (callId !== undefined) this.#held.add(callId)
        continue
      }
      key.owners.splice(0, key.owners.length, ...kept)
      this.#names.delete(key)
      if (kept.length > 0) continue
      this.#byIdentity.delete(identityOf(key.master))
      this.#all[key.number - 1] = undefined
      this.#free.push(key.number)
      this.#erase(key.number)
    }
  }

  /**
   * Overwrites the master keys that were made for the ring, those of DTLS, when nothing is asked of it any more. Those of SDP
   * are the descriptions' own as well, as texts that nobody can overwrite, and those of files their reader's.
   */
  wipe(): void {
    for (const { master, owners } of this.all) {
      if (owners.some(({ source }) => source !== 'dtls')) continue
      master.masterKey.fill(0)
      master.masterSalt.fill(0)
    }
  }

  /** Keys that found no room; of more than there is room for at all no more are counted. */
  get refused(): number {
    return this.#refused.size
  }
}

function sameOwner(a: KeyOwner, b: KeyOwner): boolean {
  return (
    a.source === b.source &&
    a.callId === b.callId &&
    a.exchange === b.exchange &&
    a.mediaIndex === b.mediaIndex &&
    a.side === b.side &&
    a.tag === b.tag &&
    a.label === b.label &&
    a.flow === b.flow
  )
}

/** The same for owners that are the same. */
function nameOf({ source, callId, exchange, mediaIndex, side, tag, label, flow }: KeyOwner): string {
  return JSON.stringify([source, callId, exchange, mediaIndex, side, tag, label, flow])
}
