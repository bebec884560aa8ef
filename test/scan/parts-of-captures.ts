import { TLS_KEY_LOG } from '../../src/capture/record.ts'
import { type WrittenBlock, writePcapng } from '../capture/capture-writer.ts'

/** A little-endian pcap file in pieces: its own header, and its records with theirs. */
export interface PcapPieces {
  readonly header: Buffer
  readonly records: readonly Buffer[]
}

const FILE_HEADER = 24
const RECORD_HEADER = 16

/** Takes a pcap file of either byte order apart; a record that is cut at its end belongs to the last one. */
export function piecesOf(capture: Buffer): PcapPieces {
  const isLittleEndian = [0xa1b2c3d4, 0xa1b23c4d].includes(capture.readUInt32LE(0))
  const lengthAt = (at: number) => (isLittleEndian ? capture.readUInt32LE(at + 8) : capture.readUInt32BE(at + 8))
  const records: Buffer[] = []
  for (let at = FILE_HEADER; at + RECORD_HEADER <= capture.length; ) {
    const length = RECORD_HEADER + lengthAt(at)
    records.push(capture.subarray(at, at + length))
    at += length
  }
  return { header: capture.subarray(0, FILE_HEADER), records }
}

/** Cuts a capture into files, each of which ends before the record of a place. */
export function cutAt({ header, records }: PcapPieces, places: readonly number[]): Buffer[] {
  const ends = [...places].sort((a, b) => a - b)
  return [...ends, records.length].map((end, n) => Buffer.concat([header, ...records.slice(ends[n - 1] ?? 0, end)]))
}

/** Cuts a capture into files of about as many records each. */
export function cutInto(pieces: PcapPieces, files: number): Buffer[] {
  const { length } = pieces.records
  return cutAt(
    pieces,
    Array.from({ length: files - 1 }, (_, n) => Math.floor((length * (n + 1)) / files)),
  )
}

/** Deals the records of a capture out to files, which then overlap in time. */
export function dealOut({ header, records }: PcapPieces, files: number, fileOf: (record: number) => number): Buffer[] {
  return Array.from({ length: files }, (_, file) =>
    Buffer.concat([header, ...records.filter((_, n) => fileOf(n) === file)]),
  )
}

const IP_AT = RECORD_HEADER + 14
const IP_HEADER = 20

/** Cuts the IPv4 packet of an Ethernet record into fragments of so many octets, a multiple of eight (RFC 791 §3.2). */
export function fragmentsOf(record: Buffer, octets: number): Buffer[] {
  const totalLength = record.readUInt16BE(IP_AT + 2)
  const payload = record.subarray(IP_AT + IP_HEADER, IP_AT + totalLength)
  return Array.from({ length: Math.ceil(payload.length / octets) }, (_, n) => {
    const part = payload.subarray(n * octets, (n + 1) * octets)
    const fragment = Buffer.concat([record.subarray(0, IP_AT + IP_HEADER), part])
    const isLast = (n + 1) * octets >= payload.length
    fragment.writeUInt16BE(IP_HEADER + part.length, IP_AT + 2)
    fragment.writeUInt16BE((isLast ? 0 : 0x2000) | ((n * octets) / 8), IP_AT + 6)
    for (const at of [8, 12]) fragment.writeUInt32LE(fragment.length - RECORD_HEADER, at)
    return fragment
  })
}

/** Cuts a record as a snap length of so many octets does. */
export function snapped(record: Buffer, octets: number): Buffer {
  const cut = Buffer.from(record.subarray(0, RECORD_HEADER + octets))
  cut.writeUInt32LE(Math.min(octets, record.length - RECORD_HEADER), 8)
  return cut
}

/** The records of a little-endian microsecond pcap file as pcapng, with a TLS key log in front of record `at`. */
export function withKeyLog({ records }: PcapPieces, keyLog: string, at: number): Buffer {
  const body = Buffer.alloc(8 + keyLog.length)
  body.writeUInt32LE(TLS_KEY_LOG, 0)
  body.writeUInt32LE(keyLog.length, 4)
  body.write(keyLog, 8)
  const blocks = records.map((record): WrittenBlock => {
    const ticks = BigInt(record.readUInt32LE(0)) * 1_000_000n + BigInt(record.readUInt32LE(4))
    return { kind: 'enhanced', interface: 0, ticks, data: record.subarray(RECORD_HEADER) }
  })
  blocks.splice(at, 0, { kind: 'other', type: 10, body })
  blocks.unshift({ kind: 'interface', description: { linkType: 1 } })
  return Buffer.from(writePcapng([{ blocks }]))
}
