import type { TraceAttack } from '../attack.ts'
import { fewer, framesMissing, told } from './checks.ts'
import { clientPlace, EPOCH_US } from './tcp-talk.ts'
import { clientHello } from './tls-messages.ts'

const SERVER = { address: 0xc6336402, port: 40_000 }

/** A record of handshake octets in the clear (RFC 6347 §4.1). */
function record(content: Uint8Array): Buffer {
  const header = Buffer.from([22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, content.length >> 8, content.length & 0xff])
  return Buffer.concat([header, content])
}

/** A piece of a handshake message (RFC 6347 §4.2.2). */
function fragment(type: number, length: number, sequence: number, offset: number, octets: Uint8Array): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt8(type, 0)
  header.writeUIntBE(length, 1, 3)
  header.writeUInt16BE(sequence & 0xffff, 4)
  header.writeUIntBE(offset, 6, 3)
  header.writeUIntBE(octets.length, 9, 3)
  return Buffer.concat([header, octets])
}

/** Fragments of all messages, so many to a datagram. */
function flood(name: string, title: string, fragmentsOf: (n: number) => Uint8Array[], flows: number): TraceAttack {
  return {
    name: `dtls-${name}`,
    title,
    against: 'TLS',
    write(writer, octets) {
      for (let n = 0; writer.octets < octets; n++) {
        const fragments = fragmentsOf(n)
        for (let at = 0; at < fragments.length; at += 80) {
          const content = Buffer.concat(fragments.slice(at, at + 80))
          writer.add(EPOCH_US + n * 10, clientPlace(n % flows), SERVER, record(content))
        }
      }
    },
    missing: framesMissing,
  }
}

const times = <T>(count: number, of: (n: number) => T) => Array.from({ length: count }, (_, n) => of(n))

/** All of a ClientHello, an octet at a time, in an order that no fragment fits to the one before. */
function scattered(n: number): Uint8Array[] {
  const body = clientHello(n).subarray(4)
  return times(body.length, (k) => {
    const offset = (k * 37) % body.length
    return fragment(1, body.length, 0, offset, body.subarray(offset, offset + 1))
  })
}

export const DTLS: readonly TraceAttack[] = [
  flood('tiny-fragments', 'ClientHellos of DTLS in fragments of 1 octet, scattered', scattered, 100),
  {
    ...flood(
      'overlapping-fragments',
      'fragments of 2 octets of DTLS messages that lack their first octet, each over the one before',
      (n) => times(400, (k) => fragment(11, 300, n, 1 + ((k * 37) % 298), Buffer.alloc(2))),
      10,
    ),
    missing: (report, frames) => [
      ...framesMissing(report, frames),
      ...fewer('messages given up', told(report, 'tls', 'dtls-messages-given-up'), 1),
    ],
  },
  flood(
    'unfinished-messages',
    'a piece of another DTLS message each, from 20,000 endpoints',
    (n) => times(8, (k) => fragment(11, 60_000, k, 8 * n, Buffer.alloc(100))),
    20_000,
  ),
]
