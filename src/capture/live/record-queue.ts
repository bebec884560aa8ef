/** Octets of a pcap file header (draft-ietf-opsawg-pcap §4) and of a record's (§5). */
const FILE_HEADER = 24
const RECORD_HEADER = 16
const MAGIC_MICROSECONDS = 0xa1b2c3d4
const CHUNK = 1 << 18

/** Frames on their way out as a pcap stream with times in microseconds, little-endian. Bounded: a frame may find no room. */
export class RecordQueue {
  /** Frames that found no room. */
  refused = 0
  readonly #mostOctets: number
  readonly #full: Buffer[] = []
  #last = Buffer.allocUnsafe(CHUNK)
  #lastLength = 0
  #octets = 0

  /** @param linkType LINKTYPE_ value @param snapLength octets that a frame has at most @param mostOctets the bound */
  constructor(linkType: number, snapLength: number, mostOctets: number) {
    this.#mostOctets = mostOctets
    const header = this.#room(FILE_HEADER)
    header.writeUInt32LE(MAGIC_MICROSECONDS, 0)
    header.writeUInt16LE(2, 4)
    header.writeUInt16LE(4, 6)
    header.writeBigUInt64LE(0n, 8)
    header.writeUInt32LE(snapLength, 16)
    header.writeUInt32LE(linkType, 20)
  }

  /** Takes in a copy of a frame, or counts it where there is no room. @param timeUs since 1970 */
  push(frame: Uint8Array, originalLength: number, timeUs: number): void {
    if (this.#octets + RECORD_HEADER + frame.length > this.#mostOctets) {
      this.refused += 1
      return
    }
    const record = this.#room(RECORD_HEADER + frame.length)
    record.writeUInt32LE(Math.floor(timeUs / 1e6), 0)
    record.writeUInt32LE(timeUs % 1e6, 4)
    record.writeUInt32LE(frame.length, 8)
    record.writeUInt32LE(originalLength, 12)
    record.set(frame, RECORD_HEADER)
  }

  /** The octets that have waited longest; empty where none wait. They are not in the queue any more. */
  take(): Uint8Array {
    const taken = this.#full.shift() ?? this.#cut()
    this.#octets -= taken.length
    return taken
  }

  #room(length: number): Buffer {
    if (this.#lastLength + length > this.#last.length) {
      if (this.#lastLength > 0) this.#full.push(this.#cut())
      this.#last = Buffer.allocUnsafe(CHUNK)
      this.#lastLength = 0
    }
    this.#lastLength += length
    this.#octets += length
    return this.#last.subarray(this.#lastLength - length, this.#lastLength)
  }

  /** What the last chunk holds; what comes next is written behind it. */
  #cut(): Buffer {
    const cut = this.#last.subarray(0, this.#lastLength)
    this.#last = this.#last.subarray(this.#lastLength)
    this.#lastLength = 0
    return cut
  }
}
