import { addToList } from '../bytes/lists-by-key.ts'
import type { AddressSelector, KeyEntry } from '../srtp/keys-file.ts'
import type { ScheduledKey } from '../srtp/scheduled-key.ts'
import type { KeyOwner, Keyring, KnownKey } from './keyring.ts'
import type { ObservedStream } from './observed-stream.ts'

/** An entry and its place among all. */
interface PlacedEntry {
  readonly entry: KeyEntry
  readonly place: number
}

/** The entries of keys files: found by SSRC and by Call-ID, for there may be as many entries as streams. */
export class FileKeys {
  readonly entries: readonly KeyEntry[]
  readonly #bySsrc = new Map<number, PlacedEntry[]>()
  readonly #byCall = new Map<string, PlacedEntry[]>()
  readonly #ofNoCall: PlacedEntry[] = []
  /** All that name no SSRC. */
  readonly #ofAnySsrc: PlacedEntry[] = []
  readonly #known = new Map<KeyEntry, KnownKey>()

  constructor(entries: readonly KeyEntry[]) {
    this.entries = entries
    for (const [place, entry] of entries.entries()) {
      const placed = { entry, place }
      if (entry.ssrc !== undefined) addToList(this.#bySsrc, entry.ssrc >>> 0, placed)
      else {
        this.#ofAnySsrc.push(placed)
        if (entry.callId === undefined) this.#ofNoCall.push(placed)
        else addToList(this.#byCall, entry.callId, placed)
      }
    }
  }

  /**
   * The keys that may judge a stream: those of all entries whose selectors do not exclude it, in the order of the
   * files. A Call-ID excludes only where signalling says that the stream belongs to another call.
   */
  candidatesFor(stream: ObservedStream, callId: string | undefined, keyring: Keyring): ScheduledKey[] {
    const keys = new Map<number, ScheduledKey>()
    for (const { entry } of this.#entriesFor(stream.ssrc, callId)) {
      if (entry.callId !== undefined && callId !== undefined && entry.callId !== callId) continue
      if (!selects(entry.src, stream.sourceAddress, stream.sourcePort, stream.kind)) continue
      if (!selects(entry.dst, stream.destinationAddress, stream.destinationPort, stream.kind)) continue
      const known = this.#keyOf(entry, keyring)
      if (known === undefined || keys.has(known.number)) continue
      keys.set(known.number, { key: known.number, agreement: 0, ...ALWAYS, roc: entry.roc ?? 0 })
    }
    return [...keys.values()]
  }

  /** In the order of the files, those that neither SSRC nor Call-ID exclude. */
  #entriesFor(ssrc: number, callId: string | undefined): readonly PlacedEntry[] {
    const named = this.#bySsrc.get(ssrc) ?? NO_ENTRIES
    const ofCall = callId === undefined ? NO_ENTRIES : (this.#byCall.get(callId) ?? NO_ENTRIES)
    const others = callId === undefined ? this.#ofAnySsrc : this.#ofNoCall
    if (named.length === 0 && ofCall.length === 0) return others
    return [...named, ...ofCall, ...others].sort((a, b) => a.place - b.place)
  }

  /** The keyring may have let go of a key since it was added. */
  #keyOf(entry: KeyEntry, keyring: Keyring): KnownKey | undefined {
    const before = this.#known.get(entry)
    if (before !== undefined && keyring.get(before.number) === before) return before
    const known = keyring.add(entry.master, ownerOf(entry))
    if (known !== undefined) this.#known.set(entry, known)
    return known
  }
}

const NO_ENTRIES: readonly PlacedEntry[] = []
const ALWAYS = { from: 0, until: Number.POSITIVE_INFINITY, replacesUs: Number.POSITIVE_INFINITY }

/** Puts the keys of all entries into the ring: an entry explains also where it judges nothing. */
export function registerEntries(entries: readonly KeyEntry[], keyring: Keyring): void {
  for (const entry of entries) keyring.add(entry.master, ownerOf(entry))
}

function ownerOf({ callId, label }: KeyEntry): KeyOwner {
  return {
    source: 'keys-file',
    ...(callId !== undefined && { callId }),
    ...(label !== undefined && { label }),
  }
}

/** A selector's port is that of the RTP; RTCP may use it too (RFC 5761) or the one above (RFC 3550 §11). */
function selects(selector: AddressSelector | undefined, address: string, port: number, kind: 'rtp' | 'rtcp'): boolean {
  if (selector === undefined) return true
  const samePort =
    selector.port === undefined || selector.port === port || (kind === 'rtcp' && selector.port + 1 === port)
  if (selector.address === address && samePort) return true
  return selector.otherwise !== undefined && selects(selector.otherwise, address, port, kind)
}
