import { closeSync, openSync, writeSync } from 'node:fs'

const CHUNK = 8 << 20
const RECORD_HEADER = 16
const HEADERS = 14 + 20 + 8
const LINKTYPE_ETHERNET = 1

/** Where a datagram comes from or goes to: an IPv4 address as 32 bits, and a port. */
export interface Place {
  readonly address: number
  readonly port: number
}

/** Writes a classic pcap of UDP datagrams over IPv4 and Ethernet, in pieces of some megabytes. */
export class TraceWriter {
  readonly #descriptor: number
  readonly #chunk = Buffer.alloc(CHUNK)
  #at = 0
  #flushed = 0
  #packets = 0

  constructor(path: string) {
    this.#descriptor = openSync(path, 'w')
    const header = Buffer.alloc(24)
    header.writeUInt32LE(0xa1b2c3d4, 0)
    header.writeUInt16LE(2, 4)
    header.writeUInt16LE(4, 6)
    header.writeUInt32LE(262_144, 16)
    header.writeUInt32LE(LINKTYPE_ETHERNET, 20)
    header.copy(this.#chunk)
    this.#at = header.length
  }

  get packets(): number {
    return this.#packets
  }

  /** Octets of the file so far. */
  get octets(): number {
    return this.#flushed + this.#at
  }

  /** Any Ethernet frame, as it is; `wireLength` is what it had on the wire. */
  addFrame(timeUs: number, frame: Uint8Array, wireLength = frame.length): void {
    const at = this.#record(timeUs, frame.length, wireLength)
    this.#chunk.set(frame, at)
    this.#at = at + frame.length
    this.#packets++
  }

  /** @param payload its first `length` octets are the datagram's */
  add(timeUs: number, source: Place, destination: Place, payload: Uint8Array, length = payload.length): void {
    const frame = this.#record(timeUs, HEADERS + length, HEADERS + length)
    const chunk = this.#chunk
    chunk.fill(2, frame, frame + 12)
    chunk.writeUInt16BE(0x0800, frame + 12)
    const ip = frame + 14
    chunk.fill(0, ip, ip + 20)
    chunk[ip] = 0x45
    chunk.writeUInt16BE(28 + length, ip + 2)
    chunk.writeUInt16BE(++this.#packets & 0xffff, ip + 4)
    chunk[ip + 8] = 64
    chunk[ip + 9] = 17
    chunk.writeUInt32BE(source.address, ip + 12)
    chunk.writeUInt32BE(destination.address, ip + 16)
    const udp = ip + 20
    chunk.writeUInt16BE(source.port, udp)
    chunk.writeUInt16BE(destination.port, udp + 2)
    chunk.writeUInt16BE(8 + length, udp + 4)
    chunk.writeUInt16BE(0, udp + 6)
    chunk.set(length === payload.length ? payload : payload.subarray(0, length), udp + 8)
    this.#at = udp + 8 + length
  }

  close(): void {
    this.#flush()
    closeSync(this.#descriptor)
  }

  /** Writes a record's header. Returns where its octets go. */
  #record(timeUs: number, length: number, wireLength: number): number {
    if (this.#at + RECORD_HEADER + length > CHUNK) this.#flush()
    const seconds = Math.floor(timeUs / 1e6)
    const chunk = this.#chunk
    chunk.writeUInt32LE(seconds, this.#at)
    chunk.writeUInt32LE(timeUs - seconds * 1e6, this.#at + 4)
    chunk.writeUInt32LE(length, this.#at + 8)
    chunk.writeUInt32LE(wireLength, this.#at + 12)
    return this.#at + RECORD_HEADER
  }

  #flush(): void {
    this.#flushed += this.#at

    writeSync(this.#descriptor, this.#chunk, 0, this.#at)
    this.#at = 0
  }
}
