/** Writes captures for tests: classic pcap and pcapng in every variant that the walkers read. */

export interface WrittenPacket {
  readonly seconds: number
  readonly nanoseconds: number
  readonly data: Uint8Array
  /** Octets on the wire; as many as `data` where absent. */
  readonly original?: number
  /** pcapng: number of the interface in its section. */
  readonly interface?: number
}

export interface PcapOptions {
  readonly littleEndian?: boolean
  readonly variant?: 'microseconds' | 'nanoseconds' | 'modified'
  /** The whole 32-bit field of the file header. */
  readonly linkType?: number
  readonly snapLength?: number
}

const PCAP_MAGIC = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d, modified: 0xa1b2cd34 } as const

/** A field writer in one byte order. */
class Octets {
  readonly #parts: Uint8Array[] = []
  readonly #littleEndian: boolean
  length = 0

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian
  }

  u16(value: number): this {
    const view = new DataView(new ArrayBuffer(2))
    view.setUint16(0, value, this.#littleEndian)
    return this.raw(new Uint8Array(view.buffer))
  }

  u32(value: number): this {
    const view = new DataView(new ArrayBuffer(4))
    view.setUint32(0, value, this.#littleEndian)
    return this.raw(new Uint8Array(view.buffer))
  }

  u64(value: bigint): this {
    const view = new DataView(new ArrayBuffer(8))
    view.setBigUint64(0, BigInt.asUintN(64, value), this.#littleEndian)
    return this.raw(new Uint8Array(view.buffer))
  }

  raw(octets: Uint8Array): this {
    this.#parts.push(octets)
    this.length += octets.length
    return this
  }

  padded(octets: Uint8Array): this {
    return this.raw(octets).raw(new Uint8Array(-octets.length & 3))
  }

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts))
  }
}

export function writePcapHeader(options: PcapOptions = {}): Uint8Array {
  const { littleEndian = true, variant = 'microseconds', linkType = 1, snapLength = 262_144 } = options
  const out = new Octets(littleEndian).u32(PCAP_MAGIC[variant]).u16(2).u16(4).u32(0).u32(0)
  return out.u32(snapLength).u32(linkType).bytes()
}

export function writePcapRecord(packet: WrittenPacket, options: PcapOptions = {}): Uint8Array {
  const { littleEndian = true, variant = 'microseconds' } = options
  const fraction = variant === 'nanoseconds' ? packet.nanoseconds : Math.floor(packet.nanoseconds / 1000)
  const out = new Octets(littleEndian).u32(packet.seconds).u32(fraction)
  out.u32(packet.data.length).u32(packet.original ?? packet.data.length)
  if (variant === 'modified') out.u32(3).u16(0x800).u16(0)
  return out.raw(packet.data).bytes()
}

export function writePcap(packets: readonly WrittenPacket[], options: PcapOptions = {}): Uint8Array {
  return concat([writePcapHeader(options), ...packets.map((packet) => writePcapRecord(packet, options))])
}

export interface WrittenInterface {
  readonly linkType: number
  readonly snapLength?: number
  /** The if_tsresol octet; microseconds where absent. */
  readonly resolution?: number | undefined
  /** if_tsoffset in seconds. */
  readonly offset?: number | undefined
}

/** A block of a section; `ticks` are units of the interface's resolution. */
export type WrittenBlock =
  | { readonly kind: 'interface'; readonly description: WrittenInterface }
  | {
      readonly kind: 'enhanced' | 'obsolete'
      readonly interface: number
      readonly ticks: bigint
      readonly data: Uint8Array
      readonly original?: number
      readonly comment?: string
    }
  | { readonly kind: 'simple'; readonly data: Uint8Array; readonly original?: number }
  | { readonly kind: 'other'; readonly type: number; readonly body: Uint8Array }

export interface WrittenSection {
  readonly littleEndian?: boolean
  readonly blocks: readonly WrittenBlock[]
}

/** Type, length, body (padded to 32 bits), length. */
export function writeBlock(type: number, body: Uint8Array, littleEndian = true): Uint8Array {
  const total = 12 + body.length + (-body.length & 3)
  return new Octets(littleEndian).u32(type).u32(total).padded(body).u32(total).bytes()
}

export function writePcapng(sections: readonly WrittenSection[]): Uint8Array {
  return concat(
    sections.flatMap(({ littleEndian = true, blocks }) => {
      const header = new Octets(littleEndian).u32(0x1a2b3c4d).u16(1).u16(0).u64(-1n).bytes()
      return [
        writeBlock(0x0a0d0d0a, header, littleEndian),
        ...blocks.map((block) => writeSectionBlock(block, littleEndian)),
      ]
    }),
  )
}

function writeSectionBlock(block: WrittenBlock, littleEndian: boolean): Uint8Array {
  const out = new Octets(littleEndian)
  if (block.kind === 'other') return writeBlock(block.type, block.body, littleEndian)
  if (block.kind === 'interface') {
    const { linkType, snapLength = 0, resolution, offset } = block.description
    out.u16(linkType).u16(0).u32(snapLength)
    if (resolution !== undefined) out.u16(9).u16(1).padded(Uint8Array.of(resolution))
    if (offset !== undefined) out.u16(14).u16(8).u64(BigInt(offset))
    if (resolution !== undefined || offset !== undefined) out.u32(0)
    return writeBlock(1, out.bytes(), littleEndian)
  }
  const original = block.original ?? block.data.length
  if (block.kind === 'simple') return writeBlock(3, out.u32(original).padded(block.data).bytes(), littleEndian)
  if (block.kind === 'enhanced') out.u32(block.interface)
  else out.u16(block.interface).u16(0xffff)
  out.u32(Number(block.ticks >> 32n)).u32(Number(block.ticks & 0xffffffffn))
  out.u32(block.data.length).u32(original).padded(block.data)
  if (block.comment !== undefined) {
    const text = new TextEncoder().encode(block.comment)
    out.u16(1).u16(text.length).padded(text).u32(0)
  }
  return writeBlock(block.kind === 'enhanced' ? 6 : 2, out.bytes(), littleEndian)
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
