import { Readable } from 'node:stream'
import { LIMITS } from '../limits/limits.ts'
import { BlockType, BYTE_ORDER_MAGIC } from './pcapng-block.ts'

/** Octets that are handed on at a time where packets come thick. */
const CHUNK = 65_536
/** Octets that may wait for the reader: some seconds of a busy trunk. */
const MOST_WAITING = LIMITS.livePacketsOctets.most

/** A packet block's octets that are not packet data or padding. */
const PACKET_OVERHEAD = 32
const APPLICATION_OPTION = 4
const NAME_OPTION = 2
const RESOLUTION_OPTION = 9
const NANOSECONDS = 9

/** One packet as it is put into the stream. */
export interface LivePacket {
  /** Whole seconds since 1970 UTC, and nanoseconds within the second. */
  readonly seconds: number
  readonly nanoseconds: number
  readonly data: Uint8Array
  /** Octets on the wire, where the snap length cut the packet. */
  readonly originalLength?: number
}

/** A pcapng stream (little-endian, times in nanoseconds) that packets are put into as they come. */
export class PcapngPackets {
  readonly octets: Readable
  #chunk = Buffer.allocUnsafe(CHUNK)
  #filled = 0
  #interfaces = 0
  #isFlushDue = false
  readonly #waiting: (() => void)[] = []

  /** @param application what writes the stream, where that is to be said in it (§4.1) */
  constructor(application?: string) {
    this.octets = new Readable({
      read: () => this.#wake(),
      destroy: (error, done) => {
        this.#wake()
        done(error)
      },
    })
    // Version 1.0; the length of the section is not known (all ones).
    const body = Buffer.alloc(16, 0xff)
    body.writeUInt32LE(BYTE_ORDER_MAGIC, 0)
    body.writeUInt32LE(1, 4)
    const options = application === undefined ? [] : [textOption(APPLICATION_OPTION, application), Buffer.alloc(4)]
    this.#write(BlockType.SectionHeader, Buffer.concat([body, ...options]))
  }

  /** Describes one more interface; returns its number. */
  addInterface(linkType: number, name: string): number {
    const fixed = Buffer.alloc(8)
    fixed.writeUInt16LE(linkType, 0)
    const resolution = option(RESOLUTION_OPTION, Uint8Array.of(NANOSECONDS))
    const body = Buffer.concat([fixed, textOption(NAME_OPTION, name), resolution, Buffer.alloc(4)])
    this.#write(BlockType.InterfaceDescription, body)
    return this.#interfaces++
  }

  /** Octets wait that the reader has not fetched, and there is room for no more. */
  get isFull(): boolean {
    return this.octets.readableLength + this.#filled > MOST_WAITING
  }

  /** Resolves when there is room, or nobody reads any more. */
  async room(): Promise<void> {
    while (this.isFull && !this.octets.destroyed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Puts a packet in; the octets are copied. */
  put(interfaceNumber: number, { seconds, nanoseconds, data, originalLength = data.length }: LivePacket): void {
    const padding = -data.length & 3
    const total = PACKET_OVERHEAD + data.length + padding
    const block = this.#reserve(total)
    const time = BigInt.asUintN(64, BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds))
    block.writeUInt32LE(BlockType.EnhancedPacket, 0)
    block.writeUInt32LE(total, 4)
    block.writeUInt32LE(interfaceNumber, 8)
    block.writeUInt32LE(Number(time >> 32n), 12)
    block.writeUInt32LE(Number(time & 0xffffffffn), 16)
    block.writeUInt32LE(data.length, 20)
    block.writeUInt32LE(originalLength, 24)
    block.set(data, 28)
    block.fill(0, 28 + data.length, total - 4)
    block.writeUInt32LE(total, total - 4)
  }

  /** Puts secrets in (Decryption Secrets Block, §4.7). `kind`: TLS_KEY_LOG. */
  putSecrets(kind: number, secrets: Uint8Array): void {
    const body = Buffer.alloc(8 + secrets.length + (-secrets.length & 3))
    body.writeUInt32LE(kind, 0)
    body.writeUInt32LE(secrets.length, 4)
    body.set(secrets, 8)
    this.#write(BlockType.DecryptionSecrets, body)
  }

  /** No packet comes any more: the stream ends behind those that wait. */
  end(): void {
    if (this.octets.destroyed) return
    this.#flush()
    this.octets.push(null)
  }

  /** @param body padded to 32 bits */
  #write(type: number, body: Uint8Array): void {
    const block = this.#reserve(12 + body.length)
    block.writeUInt32LE(type, 0)
    block.writeUInt32LE(block.length, 4)
    block.set(body, 8)
    block.writeUInt32LE(block.length, block.length - 4)
  }

  /** The next `length` octets; they are handed on together with what else comes in this turn. */
  #reserve(length: number): Buffer {
    if (this.#filled + length > this.#chunk.length) {
      this.#flush()
      this.#chunk = Buffer.allocUnsafe(Math.max(CHUNK, length))
    }
    const block = this.#chunk.subarray(this.#filled, this.#filled + length)
    this.#filled += length
    if (!this.#isFlushDue) {
      this.#isFlushDue = true
      setImmediate(() => {
        this.#isFlushDue = false
        this.#flush()
      })
    }
    return block
  }

  #flush(): void {
    const part = this.#chunk.subarray(0, this.#filled)
    this.#chunk = this.#chunk.subarray(this.#filled)
    this.#filled = 0
    if (part.length > 0 && !this.octets.destroyed) this.octets.push(part)
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** An option (§3.5): code, length, value padded to 32 bits. */
function option(code: number, value: Uint8Array): Buffer {
  const octets = Buffer.alloc(4 + value.length + (-value.length & 3))
  octets.writeUInt16LE(code, 0)
  octets.writeUInt16LE(value.length, 2)
  octets.set(value, 4)
  return octets
}

function textOption(code: number, text: string): Buffer {
  return option(code, Buffer.from(text))
}
