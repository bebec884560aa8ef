import type { TraceAttack } from '../attack.ts'
import { TcpFlag } from '../frames.ts'
import { differing, fewer, framesMissing, told } from './checks.ts'
import { clientPlace, optionsRequest, TcpTalk } from './tcp-talk.ts'

const MOST_CONNECTIONS = 65_536

/** Connections that nobody answers. */
export const SYN_FLOOD: TraceAttack = {
  name: 'tcp-syn-flood',
  title: 'a SYN from another port each, never answered',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    for (let n = 0; writer.octets < octets; n++) new TcpTalk(writer, clientPlace(n)).flag('client', TcpFlag.Syn)
  },
  missing(report, frames) {
    const evicted = told(report, 'net', 'tcp-connections-evicted')
    return [
      ...framesMissing(report, frames),
      ...differing('connections given up', evicted, Math.max(0, frames - MOST_CONNECTIONS)),
    ]
  },
}

/** Connections with half a message each, which push one another out. */
export const CONNECTION_FLOOD: TraceAttack = {
  name: 'tcp-connection-flood',
  title: 'TCP connections with half a SIP message each',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const half = optionsRequest(1).subarray(0, 120)
    for (let n = 0; writer.octets < octets; n++) new TcpTalk(writer, clientPlace(n)).open().say('client', half)
  },
  missing(report, frames) {
    const evicted = told(report, 'net', 'tcp-connections-evicted')
    return [
      ...framesMissing(report, frames),
      ...differing('connections given up', evicted, Math.max(0, frames / 3 - MOST_CONNECTIONS)),
      // A message that a connection's end cut is one, too.
      ...differing('messages', report.totals.sipMessages + told(report, 'sip', 'no-call-id'), frames / 3),
    ]
  },
}

/** The same ports again and again. */
export const RESET_STORM: TraceAttack = {
  name: 'tcp-reset-storm',
  title: 'TCP connections between the same ports, opened and reset or closed at once',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    for (let n = 0; writer.octets < octets; n++) {
      const talk = new TcpTalk(writer, clientPlace(n % 4), undefined, Math.imul(n, 77_777) >>> 0).open()
      talk.flag('server', n % 2 === 0 ? TcpFlag.Rst : TcpFlag.Fin | TcpFlag.Ack)
      talk.flag('client', TcpFlag.Fin | TcpFlag.Ack)
      talk.flag('client', TcpFlag.Rst)
    }
  },
  missing: framesMissing,
}

/** What a connection says to stay open (RFC 9293 §3.8.4, RFC 5626 §3.5.1). */
export const KEEP_ALIVES: TraceAttack = {
  name: 'tcp-keep-alives',
  title: 'TCP keep-alives and empty lines of SIP, and nothing else, over 1,000 connections',
  against: 'signalling over TCP',
  write(writer, octets) {
    TcpTalk.begin()
    const talks = Array.from({ length: 1000 }, (_, n) => new TcpTalk(writer, clientPlace(n)).open())
    const emptyLines = Buffer.from('\r\n\r\n')
    while (writer.octets < octets) {
      for (const talk of talks) {
        talk.segment('client', -1, emptyLines.subarray(3))
        talk.say('client', emptyLines)
        talk.say('server', emptyLines.subarray(2))
      }
    }
    for (const talk of talks) talk.say('client', optionsRequest(1))
  },
  missing(report, frames) {
    return [...framesMissing(report, frames), ...fewer('messages', report.totals.sipMessages, 1000)]
  },
}
