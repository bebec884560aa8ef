import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { parseAddress } from '../../src/net/addresses.ts'
import { Decode, Payload, TcpFlag } from '../../src/net/datagram.ts'
import { FrameDecoder } from '../../src/net/decode.ts'
import { FragmentTable } from '../../src/net/fragments.ts'
import { readIcmpError } from '../../src/net/icmp-error.ts'
import type { TcpSender } from '../../src/net/tcp-connection.ts'
import { TcpStreams } from '../../src/net/tcp-streams.ts'
import { WebSocketReader } from '../../src/net/web-socket.ts'
import { chunksOf, readScript, writeScript } from '../script.ts'
import { seedDatagrams, seedFrames } from '../seed-captures.ts'
import { type FuzzTarget, promise, promiseSame } from '../target.ts'

/** By the label of a piece: those that this tool reads, and one that nobody knows. */
const LINK_TYPES = [1, 0, 12, 14, 101, 108, 113, 228, 229, 252, 276, 65_000]

/** Link and IP layers, their fragments and tunnels: a list of frames, the label is the link type. */
export const link: FuzzTarget = {
  name: 'link',
  seeds: () => {
    const frames = seedFrames().map(({ linkType, bytes }) => ({ label: LINK_TYPES.indexOf(linkType) & 0xff, bytes }))
    return Array.from({ length: Math.ceil(frames.length / 4) }, (_, n) => writeScript(frames.slice(n * 4, n * 4 + 4)))
  },
  run(input) {
    const [once, again] = [decodeAll(input, 0), decodeAll(input, 37)]
    promiseSame(once, again, 'where a frame lies in memory makes no difference')
  },
}

function decodeAll(input: Uint8Array, before: number): unknown[] {
  const decoder = new FrameDecoder(new FragmentTable(new SharedArrayBuffer(FragmentTable.byteLength), 0))
  return [...readScript(input)].map(({ label, bytes }, n) => {
    // Octets on both sides: who reads them decodes something else.
    const slab = new Uint8Array(before + bytes.length + 40).fill(before)
    slab.set(bytes, before)
    const linkType = LINK_TYPES[label % LINK_TYPES.length]
    const record = { dataOffset: before, capturedLength: bytes.length, linkType, seconds: n >> 2 }
    const outcome = decoder.decode(slab, record)
    const { payload, bytes: found, offset, length, announcedLength, sourcePort, destinationPort } = decoder.datagram
    if (outcome !== Decode.Ok) {
      promise(payload === Payload.None, 'a frame that is not decoded has no payload')
      return outcome
    }
    promise(offset >= 0 && length >= 0 && offset + length <= found.length, 'the payload lies within the octets')
    promise(found !== slab || (offset >= before && offset + length <= before + bytes.length), '… of its own frame')
    const digest = createHash('sha1')
      .update(found.subarray(offset, offset + length))
      .digest('hex')
    return [payload, length, announcedLength, sourcePort, destinationPort, digest]
  })
}

/** An ICMP error; the first octet tells of which version of IP. */
export const icmp: FuzzTarget = {
  name: 'icmp',
  longest: 256,
  seeds: () => {
    const ports = [0x75, 0x30, 0x9c, 0x40, 0, 8, 0, 0]
    const four = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2, ...ports]
    const six = [0x60, 0, 0, 0, 0, 16, 60, 64, ...new Array<number>(32).fill(1), 17, 0, 1, 4, 0, 0, 0, 0, ...ports]
    return [
      Uint8Array.of(0, 3, 3, 0, 0, 0, 0, 0, 0, ...four),
      Uint8Array.of(0, 11, 1, 0, 0, 0, 0, 0, 0, ...four),
      Uint8Array.of(1, 1, 4, 0, 0, 16, 0, 0, 0, ...six, ...new Array<number>(100).fill(0)),
      Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 5, 0, ...six),
    ]
  },
  run(input) {
    if (input.length === 0) return
    const isIpv6 = (input[0] & 1) === 1
    const whole = readIcmpError(input.subarray(1), isIpv6, false)
    const before = readIcmpError(input.subarray(1, 1 + (input.length >> 1)), isIpv6, true)
    if (before !== undefined && before.kind !== 'malformed') {
      promiseSame(before, whole, 'what is read before a cut is what is read of the whole')
    }
    if (whole === undefined || whole.kind === 'malformed') return
    for (const { address, port } of [whole.source, whole.destination]) {
      promise(parseAddress(address)?.length === (isIpv6 ? 16 : 4), 'what is quoted has addresses of its own version')
      promise(port >= 0 && port < 65_536, 'a port has 16 bits')
    }
  },
}

const NEAR = 60_000

/** The octet that a stream has at a place: whatever overlaps, comes late or twice has to fit together. */
function octetAt(place: number): number {
  const mixed = Math.imul(place + 1, 0x9e3779b1)
  return (Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 13) & 0xff
}

/**
 * A TCP connection: octets of the input by five are segments, which sender, flags, where, how long. What is delivered
 * between two gaps has to be a part of the stream, in its order.
 */
export const tcp: FuzzTarget = {
  name: 'tcp',
  longest: 4096,
  seeds: () => [
    Uint8Array.of(0x02, 0, 0, 0, 0, 0x82, 0, 0, 0, 0, 0x10, 1, 0, 40, 0, 0x10, 41, 0, 40, 0, 0x11, 81, 0, 0, 0),
    Uint8Array.of(0x10, 1, 0, 40, 0, 0x10, 90, 0, 40, 0, 0x10, 41, 0, 49, 0, 0x14, 130, 0, 0, 0),
    Uint8Array.from({ length: 400 }, (_, n) => [0x10, n * 7, n >> 5, 20, n % 3][n % 5]),
  ],
  made: fc
    .array(
      fc.tuple(
        fc.constantFrom(0x10, 0x10, 0x10, 0x90, 0x90, 0x02, 0x82, 0x11, 0x14, 0x04, 0x00),
        fc.nat({ max: 3000 }),
        fc.nat({ max: 1500 }),
      ),
      { maxLength: 200, size: 'max' },
    )
    .map((segments) =>
      Uint8Array.from(
        segments.flatMap(([flags, place, length]) => [flags, place & 255, place >> 8, length & 255, length >> 8]),
      ),
    ),
  run(input) {
    const streams = new TcpStreams(() => {
      const next: Record<TcpSender, number | undefined> = { client: undefined, server: undefined }
      return {
        onData(sender, bytes) {
          promise(bytes.length > 0, 'no data, no call')
          const place = next[sender] ?? placeOf(bytes)
          for (const [n, octet] of bytes.entries()) {
            promise(octet === octetAt(place + n), `octets are delivered as sent, in their order (at ${place + n})`)
          }
          // A place that a few octets tell is a guess.
          next[sender] = next[sender] !== undefined || bytes.length >= 8 ? place + bytes.length : undefined
        },
        onGap(sender) {
          next[sender] = undefined
        },
        onEnd() {},
      }
    })
    const ends = [
      { address: '192.0.2.1', port: 40_000 },
      { address: '192.0.2.2', port: 5061 },
    ]
    let timeUs = 0
    for (let at = 0; at + 5 <= input.length; at += 5) {
      const [first, low, high, short, long] = input.subarray(at, at + 5)
      const flags = first & (TcpFlag.Fin | TcpFlag.Syn | TcpFlag.Rst | TcpFlag.Ack)
      const from = first >> 7
      const place = low | (high << 8)
      const length = flags & TcpFlag.Syn ? 0 : (short | (long << 8)) % 1500
      timeUs += first & 0x20 ? 20_000_000 : 1000
      const present = first & 0x40 ? length >> 1 : length
      streams.take({
        source: ends[from],
        destination: ends[1 - from],
        // Near the end of the sequence space, so that it wraps.
        sequence: (0xffff_ff00 + place) >>> 0,
        flags,
        bytes: Uint8Array.from({ length: present }, (_, n) => octetAt(place + n)),
        length,
        at: { position: at / 5, capture: 0, frame: at / 5 + 1, timeUs },
      })
    }
    streams.flush()
  },
}

/** Where the stream has these octets. */
function placeOf(bytes: Uint8Array): number {
  const known = bytes.subarray(0, 16)
  for (let place = 0; place < NEAR + NEAR; place++) {
    if (known.every((octet, n) => octet === octetAt(place + n))) return place
  }
  throw new Error('a promise is broken: octets are delivered that nobody sent')
}

/** SIP over WebSocket, or what says that it is. */
export const webSocket: FuzzTarget = {
  name: 'websocket',
  seeds: () => {
    const upgrade = Buffer.from(
      'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n',
    )
    const frames = [
      Uint8Array.of(0x81, 0x05, 72, 69, 76, 76, 79),
      Uint8Array.of(0x01, 0x83, 1, 2, 3, 4, 72, 69, 76, 0x80, 0x02, 76, 79),
      Uint8Array.of(0x81, 0x7e, 0, 126, ...new Uint8Array(126).fill(65), 0x89, 0, 0x88, 2, 3, 0xe8),
      Uint8Array.of(0xc1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00),
      ...seedDatagrams()
        .filter(({ transport }) => transport === 'tcp')
        .slice(0, 60)
        .map(({ payload }) => payload),
    ]
    return [...frames, ...frames.map((frame) => new Uint8Array(Buffer.concat([upgrade, frame, frame])))]
  },
  words: [
    'HTTP/1.1 101 \r\n',
    'Upgrade: websocket\r\n',
    'Sec-WebSocket-Protocol: sip\r\n',
    'permessage-deflate',
    '\r\n\r\n',
  ],
  run(input) {
    // Out of step, a frame is looked for where a segment begins: how the stream is cut may then make a difference.
    for (const chunks of [[input], chunksOf(input)]) {
      promise(heardOf(chunks).length <= input.length, 'no more messages than octets')
    }
  },
}

function heardOf(chunks: Iterable<Uint8Array>): string[] {
  const heard: string[] = []
  const at = { position: 0, capture: 0, frame: 1, timeUs: 0 }
  const reader = new WebSocketReader({
    onMessage: (bytes) => heard.push(createHash('sha1').update(bytes).digest('hex')),
    onAnomaly: (anomaly) => heard.push(anomaly),
  })
  for (const chunk of chunks) reader.push(chunk, at)
  return heard
}
