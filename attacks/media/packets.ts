import type { Place } from '../../bench/captures/trace-writer.ts'
import { seededOctets } from '../../samples/seeded-random.ts'

/** When the attacks on media begin, µs since 1970. */
export const EPOCH_US = 1_768_469_400e6
export const ATTACKER: Place = { address: 0xcb007101, port: 40_000 }
export const TARGET: Place = { address: 0xc6336402, port: 10_000 }

/** Ports of an address that are gone through before the next address's. */
const PORTS = 0x8000

/** The n-th place from one on: ever another port, then the next address. */
export function nthPlace({ address }: Place, n: number): Place {
  return { address: address + Math.floor(n / PORTS), port: 0x7fff + (n % PORTS) }
}

const RTP_HEADER = 12
const NOISE = seededOctets('attack', 1 << 16)

/** An RTP packet with noise for a payload, which is what SRTP looks like (RFC 3550 §5.1). Refilled with every call. */
export class RtpPacket {
  readonly #octets = Buffer.alloc(RTP_HEADER + 2048)
  #noiseAt = 0

  /** @param payload octets behind the header, tag included */
  of(ssrc: number, sequence: number, payload = 0, timestamp = sequence * 160): Buffer {
    const octets = this.#octets
    octets[0] = 0x80
    octets[1] = 0
    octets.writeUInt16BE(sequence & 0xffff, 2)
    octets.writeUInt32BE(timestamp >>> 0, 4)
    octets.writeUInt32BE(ssrc >>> 0, 8)
    this.#noiseAt = (this.#noiseAt + 61) % (NOISE.length - payload)
    octets.set(NOISE.subarray(this.#noiseAt, this.#noiseAt + payload), RTP_HEADER)
    return octets.subarray(0, RTP_HEADER + payload)
  }
}
