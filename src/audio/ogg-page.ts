/** Segments of a page, at most; each is up to 255 octets of a packet, and a packet ends with one of fewer (RFC 3533 §5). */
const MOST_SEGMENTS = 255

/** Octets of a packet that fits in a page whatever else there is. */
export const MOST_PACKET_OCTETS = 254 * 255

export const PageKind = { Continued: 0, First: 2, Last: 4 } as const

/** CRC-32 with the generator polynomial 0x04c11db7, no bits mirrored, from 0 on (RFC 3533 §6, field 7). */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, octet) => {
  let crc = octet << 24
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc >>> 0
})

export function oggCrc(octets: Uint8Array): number {
  let crc = 0
  for (const octet of octets) crc = (crc << 8) ^ CRC_TABLE[(crc >>> 24) ^ octet]
  return crc >>> 0
}

/** The segments that a packet of this length takes. */
function segmentsOf(length: number): number {
  return Math.floor(length / 255) + 1
}

/** Puts whole packets into the pages of one logical bitstream (RFC 3533 §6). */
export class OggPages {
  readonly #serial: number
  #sequence = 0
  #packets: Uint8Array[] = []
  #segments = 0

  /** @param serial names the bitstream */
  constructor(serial: number) {
    this.#serial = serial
  }

  get packets(): number {
    return this.#packets.length
  }

  /** Whether the page that is being filled has room for a packet. */
  hasRoomFor(length: number): boolean {
    return this.#segments + segmentsOf(length) <= MOST_SEGMENTS
  }

  add(packet: Uint8Array): void {
    this.#packets.push(packet)
    this.#segments += segmentsOf(packet.length)
  }

  /**
   * The page of all packets since the last one.
   *
   *   0                   1                   2                   3
   *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
   *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
   *  |                         "OggS"                                |
   *  |    version    |   kind        | granule position              |
   *  |                                                               |
   *  |                               | serial number                 |
   *  |                               | page sequence number          |
   *  |                               | CRC                           |
   *  |                               | segments      | their lengths |
   *
   * @param granule samples up to the end of the last packet
   */
  page(kind: number, granule: number): Uint8Array {
    const header = Buffer.alloc(27)
    header.write('OggS', 0, 'latin1')
    header[5] = kind
    header.writeBigUInt64LE(BigInt(granule), 6)
    header.writeUInt32LE(this.#serial, 14)
    header.writeUInt32LE(this.#sequence++, 18)
    header[26] = this.#segments
    const lengths = this.#packets.flatMap(({ length }) => [
      ...new Array<number>(Math.floor(length / 255)).fill(255),
      length % 255,
    ])
    const page = Buffer.concat([header, Uint8Array.from(lengths), ...this.#packets])
    page.writeUInt32LE(oggCrc(page), 22)
    this.#packets = []
    this.#segments = 0
    return page
  }
}
