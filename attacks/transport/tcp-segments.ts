import type { TraceAttack } from '../attack.ts'
import { differing, fewer, framesMissing, told } from './checks.ts'
import { clientPlace, optionsRequest, TcpTalk } from './tcp-talk.ts'

/** SIP in segments of one octet each. */
export const TINY_SEGMENTS: TraceAttack = {
  name: 'tcp-tiny-segments',
  title: 'SIP over 16 TCP connections, a segment an octet, each connection in turn',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const message = optionsRequest(1)
    const talks = Array.from({ length: 16 }, (_, n) => new TcpTalk(writer, clientPlace(n)).open())
    while (writer.octets < octets) {
      for (let at = 0; at < message.length; at++)
        for (const talk of talks) talk.segment('client', at, message.subarray(at, at + 1))
      for (const talk of talks) talk.skip('client', message.length)
    }
  },
  missing(report, frames) {
    const messages = (frames - 32) / optionsRequest(1).length
    return [...framesMissing(report, frames), ...differing('messages', report.totals.sipMessages, messages)]
  },
}

/** Octets of a message twice over, the second time others: what came first counts. */
export const OVERLAPS: TraceAttack = {
  name: 'tcp-overlaps',
  title: 'TCP segments behind a hole, each over its neighbours with other octets; the hole is filled at last',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const talk = new TcpTalk(writer, clientPlace(0)).open()
    const message = optionsRequest(1)
    const lie = Buffer.alloc(message.length, 'x')
    while (writer.octets < octets) {
      for (let at = message.length - 5; at > 0; at -= 5) talk.segment('client', at, message.subarray(at, at + 5))
      for (let at = 1; at < message.length - 20; at += 3) talk.segment('client', at, lie.subarray(at, at + 20))
      talk.segment('client', 0, message.subarray(0, 5))
      talk.segment('client', 0, message)
      talk.skip('client', message.length)
    }
  },
  missing(report, frames) {
    return [...framesMissing(report, frames), ...fewer('messages', report.totals.sipMessages, frames / 200)]
  },
}

/** Every segment lies before the one that came before it. */
export const REVERSED: TraceAttack = {
  name: 'tcp-reversed',
  title: 'SIP over TCP, 4 octets a segment, 1,024 segments at a time from the last to the first',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const talk = new TcpTalk(writer, clientPlace(0)).open()
    const message = optionsRequest(1)
    const stretch = Buffer.concat(Array.from({ length: Math.ceil(4096 / message.length) }, () => message))
    while (writer.octets < octets) {
      for (let at = stretch.length - 4; at >= 0; at -= 4) talk.segment('client', at, stretch.subarray(at, at + 4))
      talk.skip('client', stretch.length)
    }
  },
  missing(report, frames) {
    return [...framesMissing(report, frames), ...fewer('gaps', told(report, 'net', 'tcp-gaps'), 1)]
  },
}

/** A hole at the beginning of every connection, and data behind it. */
export const HOLES: TraceAttack = {
  name: 'tcp-holes',
  title: 'TCP connections with a hole at the start that nothing fills, and 40 segments of 24 octets behind it',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const message = optionsRequest(1)
    const talks: TcpTalk[] = []
    const connections = Math.min(70_000, Math.floor(octets / 3600))
    for (let n = 0; n < connections; n++) talks.push(new TcpTalk(writer, clientPlace(n)).open())
    for (let piece = 0; piece < 40; piece++)
      for (const talk of talks) talk.segment('client', 1 + 25 * piece, message.subarray(0, 24))
  },
  missing(report, frames) {
    const gaps = told(report, 'net', 'tcp-gaps')
    return [...framesMissing(report, frames), ...fewer('gaps', gaps, frames / 42)]
  },
}

/** Sequence numbers all over the window, and over its edge. */
export const JUMPS: TraceAttack = {
  name: 'tcp-jumps',
  title: 'TCP segments of 8 octets anywhere within 2^25 octets of the last, over the wrap of sequence numbers',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const talk = new TcpTalk(writer, clientPlace(0), undefined, 0xffff_0000).open()
    const piece = optionsRequest(1).subarray(0, 8)
    for (let n = 1; writer.octets < octets; n++) {
      talk.segment('client', (Math.imul(n, 0x9e3779b1) >>> 7) - (1 << 24), piece)
    }
  },
  missing(report, frames) {
    return [...framesMissing(report, frames), ...fewer('gaps', told(report, 'net', 'tcp-gaps'), 1)]
  },
}
