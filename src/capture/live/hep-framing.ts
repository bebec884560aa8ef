import { announcedLength, HEP_HEADER } from './hep-packet.ts'

/** Cuts the octets of a TCP connection into HEP packets: each begins with its length. */
export class HepFraming {
  readonly #take: (packet: Uint8Array) => void
  #rest: Uint8Array = new Uint8Array(0)

  /** @param take hears each packet in full; its octets are good during the call only */
  constructor(take: (packet: Uint8Array) => void) {
    this.#take = take
  }

  /** False: what comes is no HEP, and nothing after it can be found. Less than one packet is kept, 64 KiB at most. */
  push(octets: Uint8Array): boolean {
    const bytes = this.#rest.length === 0 ? octets : Buffer.concat([this.#rest, octets])
    let at = 0
    while (bytes.length - at >= HEP_HEADER) {
      const length = announcedLength(bytes.subarray(at))
      if (length === undefined) return false
      if (bytes.length - at < length) break
      this.#take(bytes.subarray(at, at + length))
      at += length
    }
    // A copy, which slice() of a Buffer is not: the octets that came may be used again.
    this.#rest = new Uint8Array(bytes.subarray(at))
    return true
  }

  /** The connection ended inside a packet. */
  get isCut(): boolean {
    return this.#rest.length > 0
  }
}
