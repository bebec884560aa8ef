import { constants, gzipSync } from 'node:zlib'
import type { Attack, FileAttack } from '../attack.ts'
import { differing, fewer } from './checks.ts'
import { optionsRequest } from './tcp-talk.ts'

const ETHERNET = 1
const BlockType = { Interface: 1, NameResolution: 4, Statistics: 5, Packet: 6, Secrets: 10, Section: 0x0a0d0d0a }

/** A block of pcapng (§3.1), little-endian; the body is padded to 32 bits. */
function block(type: number, body: Uint8Array): Buffer {
  const total = 12 + body.length + (-body.length & 3)
  const octets = Buffer.alloc(total)
  octets.writeUInt32LE(type, 0)
  octets.writeUInt32LE(total, 4)
  octets.set(body, 8)
  octets.writeUInt32LE(total, total - 4)
  return octets
}

function option(code: number, value: Uint8Array): Buffer {
  const octets = Buffer.alloc(4 + value.length + (-value.length & 3))
  octets.writeUInt16LE(code, 0)
  octets.writeUInt16LE(value.length, 2)
  octets.set(value, 4)
  return octets
}

const SECTION = block(BlockType.Section, Buffer.from('4d3c2b1a01000000ffffffffffffffff', 'hex'))
const INTERFACE_BODY = Buffer.of(ETHERNET, 0, 0, 0, 0, 0, 4, 0)
const INTERFACE = block(BlockType.Interface, INTERFACE_BODY)

/** A SIP request in UDP in Ethernet. */
function frame(n: number): Buffer {
  const request = optionsRequest(n, 'UDP')
  const octets = Buffer.alloc(42 + request.length, 0)
  octets.writeUInt16BE(0x0800, 12)
  octets[14] = 0x45
  octets.writeUInt16BE(28 + request.length, 16)
  octets[22] = 64
  octets[23] = 17
  octets.writeUInt32BE(0xcb007101, 26)
  octets.writeUInt32BE(0xc6336402, 30)
  octets.writeUInt16BE(5060, 34)
  octets.writeUInt16BE(5060, 36)
  octets.writeUInt16BE(8 + request.length, 38)
  octets.set(request, 42)
  return octets
}

function packetBlock(n: number, options: Uint8Array = new Uint8Array(0), interfaceNumber = 0): Buffer {
  const octets = frame(n)
  const body = Buffer.alloc(20 + octets.length + (-octets.length & 3))
  body.writeUInt32LE(interfaceNumber, 0)
  body.writeUInt32LE(0x00064800, 4)
  body.writeUInt32LE(n, 8)
  body.writeUInt32LE(octets.length, 12)
  body.writeUInt32LE(octets.length, 16)
  body.set(octets, 20)
  return block(BlockType.Packet, Buffer.concat([body, options]))
}

/** The same octets over and over, in pieces of about a megabyte, and what stands before and behind them. */
function* repeated(
  head: Uint8Array,
  one: (n: number) => Uint8Array,
  octets: number,
  tail: Uint8Array,
): Iterable<Uint8Array> {
  yield head
  let piece: Uint8Array[] = []
  let held = 0
  for (let n = 0, written = 0; written < octets; n++) {
    const next = one(n)
    piece.push(next)
    written += next.length
    held += next.length
    if (held < 1 << 20) continue
    yield Buffer.concat(piece)
    piece = []
    held = 0
  }
  yield Buffer.concat([...piece, tail])
}

/** Many blocks of a kind, and a message at the end that has to be found. */
function pcapng(
  name: string,
  title: string,
  one: (n: number) => Uint8Array,
  head: readonly Uint8Array[] = [SECTION, INTERFACE],
): FileAttack {
  return {
    name: `pcapng-${name}`,
    title,
    against: 'media',
    pieces: (octets) => repeated(Buffer.concat(head), one, octets, packetBlock(1)),
    missing: ({ totals }) => fewer('messages', totals.sipMessages, 1),
  }
}

const unknown = block(0x77777777, Buffer.alloc(0))
const resolution = block(BlockType.NameResolution, Buffer.alloc(4))
const statistics = block(BlockType.Statistics, Buffer.alloc(12))
const key = (n: number) => n.toString(16).padStart(64, '0')
const secret = '5e'.repeat(48)

function secretsBlock(n: number): Buffer {
  const lines = Buffer.from(
    Array.from({ length: 400 }, (_, k) => `CLIENT_RANDOM ${key(400 * n + k)} ${secret}\n`).join(''),
  )
  const body = Buffer.alloc(8 + lines.length)
  body.writeUInt32LE(0x544c534b, 0)
  body.writeUInt32LE(lines.length, 4)
  body.set(lines, 8)
  return block(BlockType.Secrets, body)
}

export const PCAPNG: readonly Attack[] = [
  pcapng('interfaces', 'interface description blocks of 20 octets', () => INTERFACE),
  pcapng('sections', 'sections of one interface and no packet', () => Buffer.concat([SECTION, INTERFACE])),
  pcapng('unknown-blocks', 'blocks of 12 octets of an unknown type', () => unknown),
  pcapng('name-resolution', 'name resolution blocks of no name', () => resolution),
  pcapng('statistics', 'interface statistics blocks without counts', () => statistics),
  pcapng(
    'options',
    'packets with 2,000 empty options',
    (() => {
      const options = Buffer.concat(Array.from({ length: 2000 }, () => option(1, new Uint8Array(0))))
      const one = packetBlock(1, options)
      return () => one
    })(),
  ),
  pcapng(
    'huge-blocks',
    'blocks of 15 MB of an unknown type',
    (() => {
      const one = block(0x77777777, Buffer.alloc(15 * 1024 * 1024))
      return () => one
    })(),
  ),
  pcapng('secrets', 'key logs of 400 lines, none of which opens anything', secretsBlock),
  {
    ...pcapng('wrong-interfaces', 'packets of interfaces that are not described', (n) => packetBlock(n, undefined, 9)),
    missing: ({ totals, captures }) => [
      ...differing('messages', totals.sipMessages, 1),
      ...fewer('octets said to be lost', captures[0].lost?.bytes ?? 0, 1e5),
    ],
  },
]

const PCAP_HEADER = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex')

function pcapRecord(captured: number, original: number, octets: Uint8Array): Buffer {
  const record = Buffer.alloc(16 + octets.length)
  record.writeUInt32LE(1_768_469_400, 0)
  record.writeUInt32LE(captured, 8)
  record.writeUInt32LE(original, 12)
  record.set(octets, 16)
  return record
}

const GOOD_RECORD = pcapRecord(frame(1).length, frame(1).length, frame(1))

function pcap(name: string, title: string, one: () => Uint8Array): FileAttack {
  return {
    name: `pcap-${name}`,
    title,
    against: 'media',
    pieces: (octets) => repeated(PCAP_HEADER, one, octets, Buffer.concat([GOOD_RECORD, GOOD_RECORD])),
    missing: ({ totals, captures }) =>
      fewer('messages, or octets said to be lost', totals.sipMessages + (captures[0].lost?.bytes ?? 0), 1),
  }
}

const zeros = Buffer.alloc(65_536)
/** Each octet could begin a record that reaches far, and leads to none. */
const almost = Buffer.alloc(65_536)
for (let at = 0; at + 16 <= almost.length; at += 4) almost.writeUInt32LE(0x0003_0000, at)

export const PCAP: readonly Attack[] = [
  pcap('empty-records', 'records of no octets', () => pcapRecord(0, 0, new Uint8Array(0))),
  pcap('cut-records', 'records of 1 octet that say 65,535', () => pcapRecord(1, 65_535, Buffer.of(0))),
  pcap('lying-lengths', 'records whose length is less than they have', () => pcapRecord(60, 60, frame(1))),
  pcap('zeros', 'zeros behind the header', () => zeros),
  pcap('almost-records', 'octets that look like records everywhere', () => almost),
]

/** Compressed octets that are far more in the clear. */
function gzip(name: string, title: string, one: (n: number) => Uint8Array, least = 1): FileAttack {
  return {
    name: `gzip-${name}`,
    title,
    against: 'compressed signalling',
    pieces: (octets) =>
      repeated(gzipSync(Buffer.concat([PCAP_HEADER, GOOD_RECORD])), one, octets, gzipSync(GOOD_RECORD)),
    missing: ({ totals, captures }) =>
      fewer('messages, or octets said to be lost', totals.sipMessages + (captures[0].lost?.bytes ?? 0), least),
  }
}

const best = { level: constants.Z_BEST_COMPRESSION }
const gzippedOf = (octets: Uint8Array) => {
  const gzipped = gzipSync(octets, best)
  return () => gzipped
}

const rtp = Buffer.from(frame(1).subarray(0, 214))
rtp.fill(0, 42)
rtp[42] = 0x80
const EMPTY_MEMBER = gzipSync(new Uint8Array(0))

export const GZIP: readonly Attack[] = [
  gzip('zeros', 'gzip of zeros: a thousand times its size', gzippedOf(Buffer.alloc(64 << 20))),
  gzip('one-packet', 'gzip of one RTP packet over and over', gzippedOf(many(pcapRecord(rtp.length, rtp.length, rtp)))),
  gzip('one-message', 'gzip of one SIP request over and over', gzippedOf(many(GOOD_RECORD))),
  gzip('empty-members', 'gzip members of nothing', () => EMPTY_MEMBER),
]

function many(one: Buffer): Buffer {
  return Buffer.alloc(Math.floor((16 << 20) / one.length) * one.length, one)
}
