import type { Report } from '../../src/model/report.ts'
import type { TraceAttack } from '../attack.ts'
import { fewer, framesMissing, told } from './checks.ts'
import { clientPlace, optionsRequest, TcpTalk } from './tcp-talk.ts'
import { COMPRESSED, compressed, LAST, longHeader, SERVER, TEXT, upgrade, webSocketFrame } from './web-socket-frames.ts'

function inflatedTooFar(report: Report): number {
  return told(report, 'net', 'web-socket-message-inflates-too-far')
}

/** Messages that inflate too far have to be told of. */
function inflatedMissing(report: Report, frames: number): string[] {
  return [...framesMissing(report, frames), ...fewer('messages not read', inflatedTooFar(report), 1)]
}

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
  against: 'signalling over WebSocket',
  write(writer, octets) {
    TcpTalk.begin()
    const bomb = compressed(Buffer.alloc(255 * 1024, ' '))
    const frame = webSocketFrame(LAST | COMPRESSED | TEXT, bomb)
    const talk = new TcpTalk(writer, clientPlace(0), SERVER).open()
    talk.say('client', upgrade(true))
    while (writer.octets < octets) talk.say('client', Buffer.concat([frame, frame, frame, frame]))
  },
  missing: inflatedMissing,
}

/** Messages of nothing. */
export const TINY_COMPRESSED: TraceAttack = {
  name: 'websocket-tiny-compressed',
  title: 'permessage-deflate: messages of 1 octet in 3, 280 to a segment, behind one that fills the window',
  against: 'signalling over WebSocket',
  write(writer, octets) {
    TcpTalk.begin()
    const tiny = webSocketFrame(LAST | COMPRESSED | TEXT, compressed(Buffer.from('x')))
    const talk = new TcpTalk(writer, clientPlace(0), SERVER).open()
    talk.say('client', upgrade(true))
    talk.say('client', webSocketFrame(LAST | COMPRESSED | TEXT, compressed(Buffer.alloc(64 * 1024, 'window'))))
    const many = Buffer.concat(Array.from({ length: 280 }, () => tiny))
    while (writer.octets < octets) talk.say('client', many)
  },
  missing: inflatedMissing,
}

/** The same request over and over: what refers back to the one before is 20 times as small. */
export const COMPRESSED_REQUESTS: TraceAttack = {
  name: 'websocket-compressed-requests',
  title: 'permessage-deflate: requests of 8 KB in 60 octets',
  against: 'signalling over WebSocket',
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
  missing: inflatedMissing,
}

/** A request that says what the one before said: whole in a dozen octets. */
export const REPEATED_REQUESTS: TraceAttack = {
  name: 'websocket-repeated-requests',
  title: 'permessage-deflate: a request of 300 octets in 12, 100 to a segment',
  against: 'signalling over WebSocket',
  write(writer, octets) {
    TcpTalk.begin()
    const request = optionsRequest(1, 'WS')
    const talk = new TcpTalk(writer, clientPlace(0), SERVER).open()
    talk.say('client', upgrade(true))
    talk.say('client', webSocketFrame(LAST | COMPRESSED | TEXT, compressed(request)))
    const again = webSocketFrame(LAST | COMPRESSED | TEXT, compressed(request, request))
    const many = Buffer.concat(Array.from({ length: 100 }, () => again))
    while (writer.octets < octets) talk.say('client', many)
  },
  missing(report, frames) {
    const all =
      inflatedTooFar(report) + told(report, 'net', 'web-socket-message-undecodable') + report.totals.sipMessages
    return [...framesMissing(report, frames), ...fewer('messages', all, frames - 4)]
  },
}
