import type { TraceWriter } from '../../bench/captures/trace-writer.ts'
import type { TraceAttack } from '../attack.ts'
import { framesMissing } from './checks.ts'
import { TcpTalk } from './tcp-talk.ts'
import {
  CHANGE_CIPHER,
  ContentType,
  certificate,
  certificates,
  clientHello,
  extension,
  HandshakeType,
  HELLO_DONE,
  records,
  SEALED_FINISHED,
  serverHello,
  unknownExtension,
} from './tls-messages.ts'
import { tlsTalk } from './tls-talk.ts'

/** An attack of connections one after the other, or of many at once. */
function tls(
  name: string,
  title: string,
  connection: (writer: TraceWriter, n: number, octets: number) => void,
): TraceAttack {
  return {
    name: `tls-${name}`,
    title,
    against: 'TLS',
    write(writer, octets) {
      TcpTalk.begin()
      for (let n = 0; writer.octets < octets; n++) connection(writer, n, octets)
    },
    missing: framesMissing,
  }
}

const HANDSHAKE = ContentType.Handshake

export const TLS: readonly TraceAttack[] = [
  tls('tiny-records', 'hellos in TLS records of 1 octet', (writer, n) => {
    const talk = tlsTalk(writer, n)
    talk.say('client', records(HANDSHAKE, clientHello(n, { extensions: [extension(21, Buffer.alloc(1000))] }), 1))
    talk.say('server', records(HANDSHAKE, serverHello(n), 1))
  }),
  tls('tiny-segments', 'TLS records of 16 KB, an octet a segment', (writer, n) => {
    const talk = tlsTalk(writer, n)
    talk.say('client', records(HANDSHAKE, clientHello(n)))
    talk.say('client', records(ContentType.ApplicationData, Buffer.alloc(16_384, 0xe7)), 1)
  }),
  tls('endless-messages', 'TLS handshake messages of 256 KB that never end, in records of 1 octet', (writer, n) => {
    const talk = tlsTalk(writer, n)
    const chain = Buffer.concat([Buffer.of(HandshakeType.Certificate, 3, 0xff, 0xff), Buffer.alloc(30_000)])
    talk.say('server', records(HANDSHAKE, Buffer.concat([serverHello(n), chain]), 1))
  }),
  tls('many-extensions', 'ClientHellos of 4,000 extensions', (writer, n) => {
    const extensions = Array.from({ length: 4000 }, (_, type) => extension(type, Buffer.alloc(0)))
    tlsTalk(writer, n).say('client', records(HANDSHAKE, clientHello(n, { extensions })))
  }),
  tls('many-suites', 'ClientHellos of 30,000 cipher suites', (writer, n) => {
    tlsTalk(writer, n).say('client', records(HANDSHAKE, clientHello(n, { suites: Buffer.alloc(60_000, 0xc02f) })))
  }),
  tls('renegotiations', 'TLS connections that negotiate anew and anew in the clear', (writer, n) => {
    const talk = tlsTalk(writer, n)
    for (let again = 0; again < 500; again++) {
      talk.say('client', records(HANDSHAKE, clientHello(500 * n + again)))
      talk.say('server', records(HANDSHAKE, Buffer.concat([serverHello(again), HELLO_DONE])))
    }
  }),
  tls('resumptions', 'TLS connections that resume a session each', (writer, n) => {
    const talk = tlsTalk(writer, n)
    const sessionId = Buffer.alloc(32, n % 251)
    talk.say('client', records(HANDSHAKE, clientHello(n, { sessionId })))
    talk.say('server', Buffer.concat([records(HANDSHAKE, serverHello(n, sessionId)), CHANGE_CIPHER, SEALED_FINISHED]))
    talk.say('client', Buffer.concat([CHANGE_CIPHER, SEALED_FINISHED]))
  }),
  tls('chains-of-one-name', 'TLS chains of 16 certificates, each of which may have issued each', (writer, n) => {
    const chain = Array.from({ length: 16 }, (_, k) =>
      certificate(16 * n + k, { subject: k === 0 ? 'leaf' : 'Any', issuer: 'Any' }),
    )
    serve(writer, n, chain)
  }),
  tls('long-chains', 'TLS chains of 600 certificates', (writer, n) => {
    serve(
      writer,
      n,
      Array.from({ length: 600 }, (_, k) => certificate(600 * n + k)),
    )
  }),
  tls('many-certificates', 'another certificate on each TLS connection', (writer, n) =>
    serve(writer, n, [certificate(n)]),
  ),
  tls('many-names', 'certificates with 8,000 names', (writer, n) => {
    const names = Array.from({ length: 8000 }, (_, k) => `a${k}.example.com`)
    serve(writer, n, [certificate(n, { names })])
  }),
  tls('comma-names', 'certificates with names that look like lists of names', (writer, n) => {
    const names = Array.from({ length: 2000 }, (_, k) => `"a${k}, DNS:b\\", DNS:"`)
    serve(writer, n, [certificate(n, { names })])
  }),
  tls('many-certificate-extensions', 'certificates with 8,000 extensions that nobody knows', (writer, n) => {
    const extensions = Array.from({ length: 8000 }, (_, k) => unknownExtension(k, Buffer.alloc(4)))
    serve(writer, n, [certificate(n, { extensions })])
  }),
  tls('nested-certificates', 'certificates with elements 8,000 deep', (writer, n) => {
    let nested = Buffer.alloc(0)
    const parts: Buffer[] = []
    for (let depth = 0; depth < 8000; depth++) {
      const length = nested.length + parts.reduce((sum, one) => sum + one.length, 0)
      parts.unshift(Buffer.of(0x30, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff))
      if (depth % 1000 === 999) nested = Buffer.concat([...parts.splice(0), nested])
    }
    serve(writer, n, [certificate(n, { extensions: [unknownExtension(1, nested)] })])
  }),
]

/** A handshake in which the server shows these. */
function serve(writer: TraceWriter, n: number, chain: readonly Uint8Array[]): void {
  const talk = tlsTalk(writer, n)
  talk.say('client', records(HANDSHAKE, clientHello(n)))
  talk.say('server', records(HANDSHAKE, Buffer.concat([serverHello(n), certificates(chain), HELLO_DONE])))
}
