import type { TimedFrame } from './frames.ts'

const linkTypeEthernet = 1
const snapLength = 262_144

/**
 * A classic pcap file, little-endian.
 *
 * @param epochSeconds the start of the trace, seconds since 1970 UTC
 * @param resolution what the fraction of a time counts
 */
export function formatPcap(frames: readonly TimedFrame[], epochSeconds: number, resolution: 'micro' | 'nano'): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(resolution === 'nano' ? 0xa1b23c4d : 0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(snapLength, 16)
  header.writeUInt32LE(linkTypeEthernet, 20)
  const parts: Uint8Array[] = [header]
  for (const { timeNs, bytes } of frames) {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(epochSeconds + Math.floor(timeNs / 1e9), 0)
    record.writeUInt32LE(Math.floor((timeNs % 1e9) / (resolution === 'nano' ? 1 : 1000)), 4)
    record.writeUInt32LE(bytes.length, 8)
    record.writeUInt32LE(bytes.length, 12)
    parts.push(record, bytes)
  }
  return Buffer.concat(parts)
}

/** An interface of a pcapng file. `resolution` is the power of ten of its time stamps: 6 or 9. */
export interface CaptureInterface {
  readonly name: string
  readonly resolution: 6 | 9
}

export interface InterfaceFrame extends TimedFrame {
  /** Index into the interfaces. */
  readonly interfaceIndex: number
}

/** A pcapng file of one section, little-endian: Section Header, Interface Descriptions, Enhanced Packets. */
export function formatPcapng(
  interfaces: readonly CaptureInterface[],
  frames: readonly InterfaceFrame[],
  epochSeconds: number,
): Buffer {
  const blocks = [sectionHeader(), ...interfaces.map(interfaceDescription)]
  for (const frame of frames) {
    const { resolution } = interfaces[frame.interfaceIndex] as CaptureInterface
    blocks.push(enhancedPacket(frame, epochSeconds, resolution))
  }
  return Buffer.concat(blocks)
}

function sectionHeader(): Buffer {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(0x1a2b3c4d, 0)
  body.writeUInt16LE(1, 4)
  body.writeBigInt64LE(-1n, 8) // the section's length is not given
  return block(0x0a0d0d0a, Buffer.concat([body, option(4, Buffer.from('srtp-scan samples')), endOfOptions]))
}

function interfaceDescription({ name, resolution }: CaptureInterface): Buffer {
  const body = Buffer.alloc(8)
  body.writeUInt16LE(linkTypeEthernet, 0)
  body.writeUInt32LE(snapLength, 4)
  const options = [option(2, Buffer.from(name)), option(9, Buffer.from([resolution])), endOfOptions]
  return block(1, Buffer.concat([body, ...options]))
}

function enhancedPacket(frame: InterfaceFrame, epochSeconds: number, resolution: 6 | 9): Buffer {
  const time = (BigInt(epochSeconds) * 1_000_000_000n + BigInt(frame.timeNs)) / 10n ** BigInt(9 - resolution)
  const head = Buffer.alloc(20)
  head.writeUInt32LE(frame.interfaceIndex, 0)
  head.writeUInt32LE(Number(time >> 32n), 4)
  head.writeUInt32LE(Number(time & 0xffffffffn), 8)
  head.writeUInt32LE(frame.bytes.length, 12)
  head.writeUInt32LE(frame.bytes.length, 16)
  return block(6, Buffer.concat([head, padded(frame.bytes)]))
}

/** Type, length, body, length again. */
function block(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(type, 0)
  head.writeUInt32LE(body.length + 12, 4)
  return Buffer.concat([head, body, head.subarray(4)])
}

const endOfOptions = Buffer.alloc(4)

function option(code: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(code, 0)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, padded(value)])
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes], Math.ceil(bytes.length / 4) * 4)
}
