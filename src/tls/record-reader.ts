import { GrowingOctets } from '../bytes/growing-octets.ts'

/** Content types (RFC 8446 §5.1, RFC 5246 §6.2.1, RFC 6520 §3). */
export const ContentType = {
  ChangeCipherSpec: 20,
  Alert: 21,
  Handshake: 22,
  ApplicationData: 23,
  Heartbeat: 24,
} as const

/** A record as it is on the wire. `fragment` is a view that holds during the call only. */
export interface TlsRecord {
  readonly type: number
  readonly version: number
  readonly fragment: Uint8Array
}

const HEADER = 5
/** RFC 5246 §6.2.3: 2^14 + 2,048; no record of any version is longer. */
const LONGEST_FRAGMENT = 16_384 + 2_048

/**
 * Cuts one direction of a TCP connection into TLS records. What cannot be a record ends the reading: there is no way to
 * find the next one. Keeps one record at most.
 */
export class TlsRecordReader {
  readonly #onRecord: (record: TlsRecord) => void
  /** A record may come an octet at a time. */
  #held = new GrowingOctets()
  #broken = false

  constructor(onRecord: (record: TlsRecord) => void) {
    this.#onRecord = onRecord
  }

  /** Octets came that are no record. */
  get broken(): boolean {
    return this.#broken
  }

  /** Octets of the record that is not whole. */
  get heldOctets(): number {
    return this.#held.capacity
  }

  /** The record that is not whole, as far as it came; holds until the next octets. */
  get unfinished(): Uint8Array {
    return this.#held.take()
  }

  push(octets: Uint8Array): void {
    if (this.#broken || octets.length === 0) return
    const isWaiting = this.#held.length > 0
    if (isWaiting) this.#held.add(octets)
    const all = isWaiting ? this.#held.take() : octets
    let at = 0
    while (all.length - at >= HEADER) {
      const [type, major, minor] = [all[at], all[at + 1], all[at + 2]]
      const length = all[at + 3] * 256 + all[at + 4]
      if (
        type < ContentType.ChangeCipherSpec ||
        type > ContentType.Heartbeat ||
        major !== 3 ||
        length > LONGEST_FRAGMENT
      ) {
        this.#broken = true
        this.#held = new GrowingOctets()
        return
      }
      if (all.length - at < HEADER + length) break
      const fragment = all.subarray(at + HEADER, at + HEADER + length)
      at += HEADER + length
      this.#onRecord({ type, version: major * 256 + minor, fragment })
    }
    if (isWaiting && at === 0) return
    this.#held = new GrowingOctets()
    if (at < all.length) this.#held.add(all.subarray(at))
  }
}
