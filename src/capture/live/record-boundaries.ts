import { detectFormat } from '../format.ts'
import { BlockType, BYTE_ORDER_MAGIC } from '../pcapng-block.ts'

/** Octets that tell how long the unit is that they begin: a file header, a record, a block. */
const MAGIC = 4
const UNIT_HEAD = 12
const FILE_HEADER = 24
/** What a file's beginning may take: section header, interfaces, secrets. */
const MOST_HEAD = 1 << 22
const LONGEST_UNIT = 1 << 28
const HEAD_BLOCKS: ReadonlySet<number> = new Set([
  BlockType.SectionHeader,
  BlockType.InterfaceDescription,
  BlockType.DecryptionSecrets,
])
/** pcap as one patched kernel wrote it: eight octets more in every record's header. */
const PATCHED = 0xa1b2cd34
const PACKET_BLOCKS: ReadonlySet<number> = new Set([BlockType.EnhancedPacket, BlockType.SimplePacket, BlockType.Packet])

/** Finds where records end in a pcap or pcapng stream that comes in pieces, and keeps what a file must begin with. */
export class RecordBoundaries {
  /** Packets that have begun: whole ones, at a boundary. */
  packets = 0
  /** Octets since the last boundary: those of a record that has not come whole. */
  sinceBoundary = 0
  readonly #scratch = Buffer.alloc(UNIT_HEAD)
  #have = 0
  #left = 0
  #format: 'pcap' | 'pcapng' | undefined
  #littleEndian = true
  #recordHeader = 16
  #head: Buffer[] = []
  #headLength = 0
  #inHead = false
  /** No boundary can be found any more: what comes is no capture, or damaged. */
  #lost = false

  /** The octets with which a file that begins at the last boundary has to begin. */
  head(): Buffer {
    return Buffer.concat(this.#head)
  }

  /** Octets of the head. */
  get headLength(): number {
    return this.#headLength
  }

  /**
   * Walks on through `octets` from `from` to the first boundary at `notBefore` or behind it.
   *
   * @returns where it is; undefined where there is none, and all of `octets` was walked
   */
  next(octets: Buffer, from: number, notBefore: number): number | undefined {
    let at = from
    for (;;) {
      const isBoundary = this.#have === 0 && this.#left === 0 && this.#format !== undefined && !this.#lost
      if (isBoundary) this.sinceBoundary = 0
      if (isBoundary && at >= notBefore) return at
      if (at === octets.length) return undefined
      const length = Math.min(octets.length - at, this.#lost ? octets.length : this.#left || this.#missing())
      const piece = octets.subarray(at, at + length)
      if (this.#left > 0) this.#pass(piece)
      else if (!this.#lost) this.#begin(piece)
      at += length
      this.sinceBoundary += length
    }
  }

  #missing(): number {
    return (this.#format === undefined ? MAGIC : UNIT_HEAD) - this.#have
  }

  #pass(piece: Buffer): void {
    this.#left -= piece.length
    if (this.#inHead) this.#keep(piece)
  }

  #begin(piece: Buffer): void {
    this.#scratch.set(piece, this.#have)
    this.#have += piece.length
    if (this.#missing() > 0) return
    if (this.#format === undefined && this.#openStream() === 'pcapng') return
    const length = this.#unitLength()
    if (length < this.#have || length > LONGEST_UNIT) {
      this.#lost = true
      return
    }
    if (this.#inHead) this.#keep(this.#scratch.subarray(0, this.#have))
    this.#left = length - this.#have
    this.#have = 0
  }

  /** The first four octets tell the format. Those of pcapng are a block's type as well, and are read as such again. */
  #openStream(): 'pcap' | 'pcapng' | undefined {
    this.#format = detectFormat(this.#scratch.subarray(0, MAGIC))
    this.#littleEndian = this.#scratch[0] !== 0xa1
    if (this.#format === 'pcap' && this.#uint32(0) === PATCHED) this.#recordHeader = 24
    return this.#format
  }

  /** Octets of the unit whose first ones are in the scratch; says too whether a file's beginning has it. */
  #unitLength(): number {
    if (this.#format === undefined) return 0
    if (this.#format === 'pcap') {
      this.#inHead = this.#have === MAGIC
      if (!this.#inHead) this.packets += 1
      return this.#inHead ? FILE_HEADER : this.#recordHeader + this.#uint32(8)
    }
    const type = this.#uint32(0)
    if (type === BlockType.SectionHeader) {
      this.#littleEndian = this.#scratch.readUInt32LE(8) === BYTE_ORDER_MAGIC
      this.#head = []
      this.#headLength = 0
    }
    this.#inHead = HEAD_BLOCKS.has(type)
    if (PACKET_BLOCKS.has(type)) this.packets += 1
    return this.#uint32(4)
  }

  #keep(piece: Buffer): void {
    this.#head.push(Buffer.from(piece))
    this.#headLength += piece.length
    if (this.#headLength > MOST_HEAD) this.#lost = true
  }

  #uint32(offset: number): number {
    return this.#littleEndian ? this.#scratch.readUInt32LE(offset) : this.#scratch.readUInt32BE(offset)
  }
}
