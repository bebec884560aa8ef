import { INTERFACE_STRIDE, MAX_INTERFACES, Slot } from './walker-state.ts'

/*
 * pcapng (draft-ietf-opsawg-pcapng §3.1). Every block:
 *
 *    0                   1                   2                   3
 *   |                          Block Type                           |  0
 *   |                      Block Total Length                       |  4
 *   /                          Block Body                           /  8
 *   |                      Block Total Length                       |
 */
export const BlockType = {
  InterfaceDescription: 1,
  Packet: 2,
  SimplePacket: 3,
  NameResolution: 4,
  InterfaceStatistics: 5,
  EnhancedPacket: 6,
  SystemdJournal: 9,
  DecryptionSecrets: 10,
  Custom: 0xbad,
  CustomNotCopied: 0x40000bad,
  /** The same in both byte orders; the byte-order magic behind it tells which. */
  SectionHeader: 0x0a0d0d0a,
} as const

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d

/** The shortest total length of the blocks that a search after damage may land on: their fixed fields, no data. */
export const SHORTEST: Readonly<Record<number, number>> = {
  [BlockType.InterfaceDescription]: 20,
  [BlockType.Packet]: 32,
  [BlockType.SimplePacket]: 16,
  [BlockType.NameResolution]: 16,
  [BlockType.InterfaceStatistics]: 24,
  [BlockType.EnhancedPacket]: 32,
  [BlockType.SystemdJournal]: 16,
  [BlockType.DecryptionSecrets]: 20,
  [BlockType.Custom]: 16,
  [BlockType.CustomNotCopied]: 16,
  [BlockType.SectionHeader]: 28,
}

/** Where a packet block keeps its fields: offsets from the block's beginning. */
export interface PacketLayout {
  readonly interfaceOctets: 2 | 4
  readonly timeHigh: number
  readonly captured: number
  readonly original: number
  readonly data: number
  /** Octets of the block that are not packet data, options or padding. */
  readonly overhead: number
}

/** Enhanced Packet Block (§4.3) and its obsolete forerunner (appendix A) differ in the interface field only. */
export const ENHANCED: PacketLayout = {
  interfaceOctets: 4,
  timeHigh: 12,
  captured: 20,
  original: 24,
  data: 28,
  overhead: 32,
}
export const OBSOLETE: PacketLayout = { ...ENHANCED, interfaceOctets: 2 }

const Option = { End: 0, TimestampResolution: 9, TimestampOffset: 14 } as const
const StatisticsOption = { InterfaceDrop: 5, SystemDrop: 7 } as const
const MICROSECONDS = 6

/**
 * Reads an Interface Description Block (§4.2) into the next row of the state's interface table.
 * Interfaces beyond the ceiling of the table are not kept: their packets will be stated as lost.
 *
 * @returns the link type
 */
export function readInterface(
  view: DataView,
  at: number,
  total: number,
  littleEndian: boolean,
  state: Float64Array,
): number {
  const linkType = view.getUint16(at + 8, littleEndian)
  if (state[Slot.InterfaceCount] >= MAX_INTERFACES) {
    state[Slot.InterfacesBeyond]++
    return linkType
  }
  const row = Slot.Interfaces + state[Slot.InterfaceCount]++ * INTERFACE_STRIDE
  state[row] = linkType
  state[row + 1] = view.getUint32(at + 12, littleEndian)
  state[row + 2] = MICROSECONDS
  state[row + 3] = 0
  state[row + 4] = 0
  eachOption(view, at + 16, at + total - 4, littleEndian, (code, value, length) => {
    if (code === Option.TimestampResolution && length === 1) state[row + 2] = view.getUint8(value)
    if (code === Option.TimestampOffset && length === 8) {
      const high = view.getInt32(littleEndian ? value + 4 : value, littleEndian)
      state[row + 3] = high * 0x100000000 + view.getUint32(littleEndian ? value : value + 4, littleEndian)
    }
  })
  return linkType
}

/**
 * Reads an Interface Statistics Block (§4.6): its counts run from the beginning of the capture, so that each replaces the
 * one before. What the interface and what the operating system dropped are added up.
 */
export function readStatistics(
  view: DataView,
  at: number,
  total: number,
  littleEndian: boolean,
  state: Float64Array,
): void {
  const number = view.getUint32(at + 8, littleEndian)
  if (number >= state[Slot.InterfaceCount]) return
  let dropped = 0
  eachOption(view, at + 20, at + total - 4, littleEndian, (code, value, length) => {
    if (length !== 8 || (code !== StatisticsOption.InterfaceDrop && code !== StatisticsOption.SystemDrop)) return
    const high = view.getUint32(littleEndian ? value + 4 : value, littleEndian)
    const count = high * 0x100000000 + view.getUint32(littleEndian ? value : value + 4, littleEndian)
    // All ones, or more than can be counted: not known.
    if (count <= Number.MAX_SAFE_INTEGER / 4) dropped += count
  })
  const before = Slot.Interfaces + number * INTERFACE_STRIDE + 4
  if (dropped <= state[before]) return
  state[Slot.DroppedFrames] += dropped - state[before]
  state[before] = dropped
}

function eachOption(
  view: DataView,
  from: number,
  end: number,
  littleEndian: boolean,
  take: (code: number, value: number, length: number) => void,
): void {
  for (let option = from; option + 4 <= end; ) {
    const code = view.getUint16(option, littleEndian)
    const length = view.getUint16(option + 2, littleEndian)
    const value = option + 4
    if (code === Option.End || value + length > end) break
    take(code, value, length)
    option = value + ((length + 3) & ~3)
  }
}
