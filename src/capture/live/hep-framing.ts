import { GrowingOctets } from '../../bytes/growing-octets.ts'
import { announcedLength, HEP_HEADER } from './hep-packet.ts'

/** Cuts the octets of a TCP connection into HEP packets: each begins with its length. */
export class HepFraming {
  readonly #take: (packet: Uint8Array) => void
  /** A packet may come an octet at a time. */
  #rest = new GrowingOctets()

  /** @param take hears each packet in full; its octets are good during the call only */
  constructor(take: (packet: Uint8Array) => void) {
    this.#take = take
  }

  /** False: what comes is no HEP, and nothing after it can be found. Less than one packet is kept, 64 KiB at most. */
  push(octets: Uint8Array): boolean {
    const isWaiting = this.#rest.length > 0
    if (isWaiting) this.#rest.add(octets)
    const bytes = isWaiting ? this.#rest.take() : octets
    let at = 0
    while (bytes.length - at >= HEP_HEADER) {
      const length = announcedLength(bytes.subarray(at))
      if (length === undefined) return false
      if (bytes.length - at < length) break
      this.#take(bytes.subarray(at, at + length))
      at += length
    }
    if (isWaiting && at === 0) return true
    // A copy: the octets that came may be used again.
    this.#rest = new GrowingOctets()
    if (at < bytes.length) this.#rest.add(bytes.subarray(at))
    return true
  }

  /** The connection ended inside a packet. */
  get isCut(): boolean {
    return this.#rest.length > 0
  }
}
