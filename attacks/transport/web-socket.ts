import { deflateRawSync } from 'node:zlib'
import type { TraceAttack } from '../attack.ts'
import { fewer, framesMissing } from './checks.ts'
import { clientPlace, optionsRequest, TcpTalk } from './tcp-talk.ts'

const SERVER = { address: 0xc6336402, port: 8080 }

function upgrade(deflate: boolean): Buffer {
  const extensions = deflate ? ['Sec-WebSocket-Extensions: permessage-deflate'] : []
  const lines = [
    'GET /ws HTTP/1.1',
    'Host: sip.example.com',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: sip',
    ...extensions,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

/** A frame (RFC 6455 §5.2), not masked. @param first octet: FIN, RSV1, opcode */
function webSocketFrame(first: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const header =
    length < 126
      ? [first, length]
      : length < 65_536
        ? [first, 126, length >> 8, length & 0xff]
        : longHeader(first, length)
  return Buffer.concat([Buffer.from(header), payload])
}

function longHeader(first: number, length: number): number[] {
  return [first, 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff]
}

const TEXT = 0x01
const LAST = 0x80
const COMPRESSED = 0x40

/** A message in as many frames as it has octets, each frame in two segments. */
export const TINY_FRAMES: TraceAttack = {
  name: 'websocket-tiny-frames',
  title: 'SIP over WebSocket in frames of 1 octet',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const talk = new TcpTalk(writer, clientPlace(0), SERVER).open()
    talk.say('client', upgrade(false))
    const message = optionsRequest(1, 'WS')
    const frames = [...message].map((octet, at) =>
      webSocketFrame((at === 0 ? TEXT : 0) | (at === message.length - 1 ? LAST : 0), Buffer.of(octet)),
    )
    while (writer.octets < octets) talk.say('client', Buffer.concat(frames))
  },
  missing(report, frames) {
    return [...framesMissing(report, frames), ...fewer('messages', report.totals.sipMessages, (frames - 3) * 0.9)]
  },
}

/** Messages that never end, an octet a segment, over many connections. */
export const ENDLESS_MESSAGES: TraceAttack = {
  name: 'websocket-endless-messages',
  title: 'WebSocket messages that never end over 64 connections, an octet a segment',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const talks = Array.from({ length: 64 }, (_, n) => new TcpTalk(writer, clientPlace(n), SERVER).open())
    for (const talk of talks) {
      talk.say('client', upgrade(false))
      talk.say('client', Buffer.from(longHeader(TEXT, 200_000)))
    }
    while (writer.octets < octets) for (const talk of talks) talk.say('client', Buffer.of(0x4f))
  },
  missing: framesMissing,
}

/** A handshake that never ends. */
export const SLOW_HANDSHAKES: TraceAttack = {
  name: 'websocket-slow-handshakes',
  title: 'header blocks of 16 KB of WebSocket handshakes, an octet a segment, two at a time',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const block = Buffer.concat([upgrade(false).subarray(0, -2), Buffer.alloc(15_000, 'x: y\r\n')])
    for (let n = 0; writer.octets < octets; n++) {
      const talk = new TcpTalk(writer, clientPlace(n), SERVER).open()
      talk.say('client', block.subarray(0, 40))
      talk.say('client', block.subarray(40), 1)
    }
  },
  missing: framesMissing,
}

/** Messages of zeros: a thousand times what they are in the trace. */
export const DEFLATE_BOMBS: TraceAttack = {
  name: 'websocket-deflate-bombs',
  title: 'permessage-deflate: messages of 256 KB of spaces in 280 octets',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const bomb = compressed(Buffer.alloc(255 * 1024, ' '))
    const frame = webSocketFrame(LAST | COMPRESSED | TEXT, bomb)
    const talk = new TcpTalk(writer, clientPlace(0), SERVER).open()
    talk.say('client', upgrade(true))
    while (writer.octets < octets) talk.say('client', Buffer.concat([frame, frame, frame, frame]))
  },
  missing: framesMissing,
}

/** Messages of nothing. */
export const TINY_COMPRESSED: TraceAttack = {
  name: 'websocket-tiny-compressed',
  title: 'permessage-deflate: messages of 1 octet in 3, 280 to a segment, behind one that fills the window',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const tiny = webSocketFrame(LAST | COMPRESSED | TEXT, compressed(Buffer.from('x')))
    const talk = new TcpTalk(writer, clientPlace(0), SERVER).open()
    talk.say('client', upgrade(true))
    talk.say('client', webSocketFrame(LAST | COMPRESSED | TEXT, compressed(Buffer.alloc(64 * 1024, 'window'))))
    const many = Buffer.concat(Array.from({ length: 280 }, () => tiny))
    while (writer.octets < octets) talk.say('client', many)
  },
  missing: framesMissing,
}

/** The same request over and over: what refers back to the one before is 20 times as small. */
export const COMPRESSED_REQUESTS: TraceAttack = {
  name: 'websocket-compressed-requests',
  title: 'permessage-deflate: requests of 8 KB in 60 octets',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const request = optionsRequest(1, 'WS')
      .toString()
      .replace('Content-Length', `Subject: ${'z'.repeat(8000)}\r\nContent-Length`)
    const frame = webSocketFrame(LAST | COMPRESSED | TEXT, compressed(Buffer.from(request)))
    const talk = new TcpTalk(writer, clientPlace(0), SERVER).open()
    talk.say('client', upgrade(true))
    while (writer.octets < octets) talk.say('client', Buffer.concat([frame, frame, frame, frame]))
  },
  missing: framesMissing,
}

/** As a sender has it (RFC 7692 §7.2.1): flushed, without the octets that every flush ends in. */
function compressed(message: Uint8Array): Buffer {
  return deflateRawSync(message, { finishFlush: 2, level: 9 }).subarray(0, -4)
}
