import { readFileSync } from 'node:fs'

export interface CapturedFrame {
  readonly bytes: Uint8Array
  readonly seconds: number
}

/** A whole classic pcap file, for tests of the layers above capture. */
export function readClassicPcap(path: string): { linkType: number; frames: CapturedFrame[] } {
  const file = readFileSync(path)
  const bigEndian = file[0] === 0xa1
  const word = (at: number) => (bigEndian ? file.readUInt32BE(at) : file.readUInt32LE(at))
  const frames: CapturedFrame[] = []
  for (let at = 24; at + 16 <= file.length; ) {
    const length = word(at + 8)
    if (at + 16 + length > file.length) break
    frames.push({ bytes: file.subarray(at + 16, at + 16 + length), seconds: word(at) })
    at += 16 + length
  }
  return { linkType: word(20) & 0xffff, frames }
}

/** A classic pcap file of frames one second apart. */
export function formatClassicPcap(linkType: number, frames: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(262144, 16)
  header.writeUInt32LE(linkType, 20)
  const parts: Uint8Array[] = [header]
  frames.forEach((frame, i) => {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(1_700_000_000 + i, 0)
    record.writeUInt32LE(frame.length, 8)
    record.writeUInt32LE(frame.length, 12)
    parts.push(record, frame)
  })
  return Buffer.concat(parts)
}
