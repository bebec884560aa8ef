import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { composeTrace } from '../bench/captures/compose.ts'
import { setUp, tearDown } from '../bench/captures/signalling.ts'
import { TraceWriter } from '../bench/captures/trace-writer.ts'
import type { Ordinary } from './attack.ts'
import { ipv4Frame, TcpFlag, tcpFrame } from './frames.ts'
import { TcpTalk } from './transport/tcp-talk.ts'
import { ordinaryTls } from './transport/tls-talk.ts'
import {
  COMPRESSED,
  compressed,
  LAST,
  switching,
  TEXT,
  upgrade,
  webSocketFrame,
} from './transport/web-socket-frames.ts'

const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const PACKETS_EACH = 500
/** Of the streams of calls that end at once. */
const SHORT_PACKETS = 20
/** Octets of the trace for a call of two streams, and for the messages of one. */
const MEDIA_OCTETS = 2 * PACKETS_EACH * 240
const MESSAGE_OCTETS = 2232
/** What fits into a segment (RFC 9293 §3.7.1). */
const SEGMENT_OCTETS = 1460
/** A datagram larger than Ethernet carries, as H.264 is sent by who knows no better: of octets that nobody reads. */
const DATAGRAM_OCTETS = 2960
const FRAGMENT_OCTETS = 1480
const FRAGMENTED_OCTETS = DATAGRAM_OCTETS + 2 * 50
/** What signalling that a generator made becomes in gzip is a fifteenth; of a trunk's, a tenth at most. */
const COMPRESSION = 8
const EPOCH_US = 1_768_469_400e6

/** Writes about so many octets of ordinary traffic of a kind. */
export function writeOrdinary(path: string, kind: Ordinary, octets: number): void {
  const shape = { payload: 160, suite: SUITE }
  if (kind === 'media')
    composeTrace(path, { ...shape, calls: Math.ceil(octets / MEDIA_OCTETS), packetsEach: PACKETS_EACH })
  else if (kind === 'short calls') {
    const calls = Math.ceil(octets / (2 * SHORT_PACKETS * 240 + MESSAGE_OCTETS))
    composeTrace(path, { ...shape, calls, packetsEach: SHORT_PACKETS })
  } else if (kind === 'signalling')
    composeTrace(path, { ...shape, calls: Math.ceil(octets / MESSAGE_OCTETS), packetsEach: 0 })
  else if (kind === 'compressed signalling') writeCompressed(path, octets)
  else if (kind === 'TLS') writeOverTls(path, octets)
  else if (kind === 'fragments') writeInFragments(path, Math.ceil(octets / FRAGMENTED_OCTETS))
  else writeOverTcp(path, octets, kind === 'signalling over WebSocket')
}

/** Calls, compressed as captures are kept. */
function writeCompressed(path: string, octets: number): void {
  const plain = `${path}.plain`
  composeTrace(plain, {
    payload: 160,
    suite: SUITE,
    calls: Math.ceil((octets * COMPRESSION) / MESSAGE_OCTETS),
    packetsEach: 0,
  })
  writeFileSync(path, gzipSync(readFileSync(plain)))
  for (const made of [plain, `${plain}.keys`]) rmSync(made, { force: true })
}

function writeOverTls(path: string, octets: number): void {
  const writer = new TraceWriter(path)
  TcpTalk.begin()
  for (let n = 0; writer.octets < octets; n++) ordinaryTls(writer, n)
  writer.close()
}

/** Datagrams of two fragments each (RFC 791 §3.2). */
function writeInFragments(path: string, datagrams: number): void {
  const writer = new TraceWriter(path)
  const datagram = Buffer.alloc(DATAGRAM_OCTETS, 0xd5)
  datagram.writeUInt16BE(40_000, 0)
  datagram.writeUInt16BE(40_002, 2)
  datagram.writeUInt16BE(DATAGRAM_OCTETS, 4)
  for (let n = 0; n < datagrams; n++) {
    for (const at of [0, FRAGMENT_OCTETS]) {
      const frame = ipv4Frame(17, 0xcb007101, 0xc6336402, datagram.subarray(at, at + FRAGMENT_OCTETS))
      frame.writeUInt16BE(n & 0xffff, 18)
      frame.writeUInt16BE((at === 0 ? 0x2000 : 0) | (at >> 3), 20)
      writer.addFrame(EPOCH_US + n * 100, frame)
    }
  }
  writer.close()
}

/** Calls one after the other over one connection, as a trunk has them; or over WebSocket with permessage-deflate. */
function writeOverTcp(path: string, octets: number, compresses: boolean): void {
  const writer = new TraceWriter(path)
  const caller = { address: 0xcb007101, port: 5070 }
  const callee = { address: 0xc6336402, port: compresses ? 8080 : 5060 }
  const sequences = { caller: 1000, callee: 5000 }
  let timeUs = EPOCH_US
  const send = (from: 'caller' | 'callee', payload: Buffer | undefined, flags: number): void => {
    const [source, destination] = from === 'caller' ? [caller, callee] : [callee, caller]
    timeUs += 20
    const segment = { source, destination, sequence: sequences[from], flags }
    writer.addFrame(timeUs, tcpFrame(payload === undefined ? segment : { ...segment, payload }))
    sequences[from] += payload?.length ?? 1
  }
  send('caller', undefined, TcpFlag.Syn)
  send('callee', undefined, TcpFlag.Syn | TcpFlag.Ack)
  const said = { caller: Buffer.alloc(0), callee: Buffer.alloc(0) }
  const inFrame = (from: 'caller' | 'callee', message: Buffer): Buffer => {
    const frame = webSocketFrame(LAST | COMPRESSED | TEXT, compressed(message, said[from]))
    said[from] = Buffer.concat([said[from], message]).subarray(-32_768)
    return frame
  }
  if (compresses) {
    send('caller', upgrade(true), TcpFlag.Ack)
    send('callee', switching(), TcpFlag.Ack)
  }
  for (let number = 0; writer.octets < octets; number++) {
    const inline = Buffer.alloc(30, number & 0xff).toString('base64')
    const media = (address: number) => ({ address, port: 10_000 + 2 * (number % 20_000) })
    const call = {
      number,
      suite: SUITE,
      caller: { sip: caller, media: media(caller.address), inline },
      callee: { sip: callee, media: media(callee.address), inline },
    }
    for (const [from, message] of [...setUp(call), ...tearDown(call)]) {
      const octets = compresses ? inFrame(from, message) : message
      for (let at = 0; at < octets.length; at += SEGMENT_OCTETS) {
        send(from, octets.subarray(at, at + SEGMENT_OCTETS), TcpFlag.Ack | TcpFlag.Push)
      }
    }
  }
  writer.close()
}
