import { createHash } from 'node:crypto'
import { prf } from '../../src/tls/key-derivation.ts'

/** Handshake messages and records of DTLS 1.2, written by hand from RFC 6347 §4 and RFC 5764 §4.1. */
export interface Identity {
  readonly clientRandom: Buffer
  readonly serverRandom: Buffer
  readonly master: Buffer
}

export function identity(name: string): Identity {
  const octets = (what: string, length: number) =>
    Buffer.concat(['a', 'b'].map((part) => createHash('sha256').update(`${name} ${what} ${part}`).digest())).subarray(
      0,
      length,
    )
  return { clientRandom: octets('client', 32), serverRandom: octets('server', 32), master: octets('master', 48) }
}

export const keyLogOf = ({ clientRandom, master }: Identity): string =>
  `CLIENT_RANDOM ${clientRandom.toString('hex')} ${master.toString('hex')}\n`

/** RFC 5764 §4.2, for AES_128_CM with HMAC-SHA1: 16, 16, 14 and 14 octets. */
export function materialOf({ clientRandom, serverRandom, master }: Identity, length = 60): Buffer {
  return prf('sha256', master, 'EXTRACTOR-dtls_srtp', Buffer.concat([clientRandom, serverRandom]), length)
}

const SUITE = 0xc02b

const u16 = (value: number) => Buffer.from([value >> 8, value & 255])
const u24 = (value: number) => Buffer.from([value >> 16, (value >> 8) & 255, value & 255])
const vector16 = (body: Buffer) => Buffer.concat([u16(body.length), body])

function useSrtp(profiles: readonly number[], mki: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([vector16(Buffer.concat(profiles.map(u16))), Buffer.from([mki.length]), mki])
  return Buffer.concat([u16(14), vector16(body)])
}

export function clientHello({ clientRandom }: Identity, profiles: readonly number[] = [1], cookie = ''): Buffer {
  const cookieOctets = Buffer.from(cookie)
  return Buffer.concat([
    Buffer.from([254, 253]),
    clientRandom,
    Buffer.from([0, cookieOctets.length]),
    cookieOctets,
    vector16(u16(SUITE)),
    Buffer.from([1, 0]),
    vector16(useSrtp(profiles)),
  ])
}

export function serverHello({ serverRandom }: Identity, profile = 1, mki?: Buffer): Buffer {
  const extensions = vector16(useSrtp([profile], mki))
  return Buffer.concat([
    Buffer.from([254, 253]),
    serverRandom,
    Buffer.from([0]),
    u16(SUITE),
    Buffer.from([0]),
    extensions,
  ])
}

/** The same as one of DTLS 1.3, by supported_versions (RFC 9147 §5.3). */
export function dtls13(hello: Buffer): Buffer {
  const versions = Buffer.from([0, 43, 0, 2, 0xfe, 0xfc])
  return Buffer.concat([hello.subarray(0, 38), vector16(versions)])
}

export function certificate(leaf: Uint8Array): Buffer {
  return Buffer.concat([u24(leaf.length + 3), u24(leaf.length), leaf])
}

/** Fragments of a message: `size` octets each, or all in one. */
export function fragments(type: number, sequence: number, body: Buffer, size = body.length): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length || at === 0; at += Math.max(1, size)) {
    const part = body.subarray(at, at + size)
    const header = Buffer.concat([Buffer.from([type]), u24(body.length), u16(sequence), u24(at), u24(part.length)])
    parts.push(Buffer.concat([header, part]))
  }
  return parts
}

export function record(type: number, content: Uint8Array, epoch = 0, sequence = 0): Buffer {
  const header = Buffer.concat([Buffer.from([type, 254, 253]), u16(epoch), Buffer.alloc(3), u24(sequence)])
  return Buffer.concat([header, u16(content.length), content])
}

export interface FlightOptions {
  readonly size?: number
  readonly profile?: number
  readonly offered?: readonly number[]
  readonly mki?: Buffer
}

type Sent = { readonly sender: 'client' | 'server'; readonly octets: Buffer }

/** A whole handshake, a record a datagram: hellos, key exchange, and both changes to the new keys. */
export function handshakeOf(
  who: Identity,
  { size, profile = 1, offered = [profile], mki }: FlightOptions = {},
): Sent[] {
  const messages = (sender: Sent['sender'], type: number, sequence: number, body: Buffer): Sent[] =>
    fragments(type, sequence, body, size).map((octets) => ({ sender, octets: record(22, octets) }))
  const change = (sender: Sent['sender']): Sent[] => [
    { sender, octets: record(20, Buffer.from([1])) },
    { sender, octets: record(22, Buffer.alloc(40, 0xee), 1) },
  ]
  return [
    ...messages('client', 1, 0, clientHello(who, offered)),
    ...messages('server', 3, 0, Buffer.from([254, 253, 4, 1, 2, 3, 4])),
    ...messages('client', 1, 1, clientHello(who, offered, 'cook')),
    ...messages('server', 2, 1, serverHello(who, profile, mki)),
    ...messages('server', 11, 2, certificate(Buffer.alloc(300, 0x30))),
    ...messages('server', 14, 3, Buffer.alloc(0)),
    ...messages('client', 16, 2, Buffer.alloc(66, 4)),
    ...change('client'),
    ...change('server'),
  ]
}
