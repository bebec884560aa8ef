import { createHash } from 'node:crypto'

/** What TLS attacks are made of; keys and signatures are none, and lead to nothing. */

export const ContentType = { ChangeCipherSpec: 20, Handshake: 22, ApplicationData: 23 } as const
export const HandshakeType = {
  ClientHello: 1,
  ServerHello: 2,
  Certificate: 11,
  HelloDone: 14,
  KeyExchange: 16,
} as const

/** A record (RFC 5246 §6.2.1), or as many as it takes with `each` octets. */
export function records(type: number, content: Uint8Array, each = 16_384): Buffer {
  const all: Uint8Array[] = []
  for (let at = 0; at < content.length; at += each) {
    const fragment = content.subarray(at, at + each)
    all.push(Buffer.of(type, 3, 3, fragment.length >> 8, fragment.length & 0xff), fragment)
  }
  return Buffer.concat(all)
}

export function handshake(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(type), vector(3, body)])
}

/** A vector that begins with its length (RFC 8446 §3.4). */
export function vector(width: 1 | 2 | 3, content: Uint8Array): Buffer {
  const length = Buffer.alloc(width)
  length.writeUIntBE(content.length, 0, width)
  return Buffer.concat([length, content])
}

export function randomOf(n: number): Buffer {
  return createHash('sha256').update(`random ${n}`).digest()
}

export function extension(type: number, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(type >> 8, type & 0xff), vector(2, data)])
}

const SUITES = Buffer.from('c02bc02fc02cc030cca9cca8009c009d', 'hex')

/** A ClientHello of TLS 1.2. */
export function clientHello(
  n: number,
  { suites = SUITES, extensions = [], sessionId = new Uint8Array(0) }: HelloSettings = {},
): Buffer {
  const body = [Buffer.of(3, 3), randomOf(n), vector(1, sessionId), vector(2, suites), Buffer.of(1, 0)]
  return handshake(HandshakeType.ClientHello, Buffer.concat([...body, vector(2, Buffer.concat(extensions))]))
}

export interface HelloSettings {
  readonly suites?: Uint8Array
  readonly extensions?: readonly Uint8Array[]
  readonly sessionId?: Uint8Array
}

export function serverHello(n: number, sessionId: Uint8Array = new Uint8Array(0)): Buffer {
  const body = [
    Buffer.of(3, 3),
    randomOf(-n - 1),
    vector(1, sessionId),
    Buffer.of(0xc0, 0x2f, 0),
    vector(2, Buffer.alloc(0)),
  ]
  return handshake(HandshakeType.ServerHello, Buffer.concat(body))
}

export function certificates(chain: readonly Uint8Array[]): Buffer {
  return handshake(HandshakeType.Certificate, vector(3, Buffer.concat(chain.map((one) => vector(3, one)))))
}

export const HELLO_DONE = handshake(HandshakeType.HelloDone, Buffer.alloc(0))
export const KEY_EXCHANGE = handshake(HandshakeType.KeyExchange, vector(1, Buffer.alloc(65, 4)))
export const CHANGE_CIPHER = records(ContentType.ChangeCipherSpec, Buffer.of(1))
export const SEALED_FINISHED = records(ContentType.Handshake, Buffer.alloc(40, 0xf1))

/** An element of DER (X.690 §8.1). */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const octets =
    length < 128
      ? [length]
      : length < 65_536
        ? [0x82, length >> 8, length & 0xff]
        : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...octets), content])
}

const sequence = (...contents: readonly Uint8Array[]) => der(0x30, ...contents)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const named = (text: string) => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))))
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))
/** The curve's own base point (SEC 2 §2.4.2): a key as good as any. */
const P256_POINT = `04${'6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'}${'4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'}`
const P256_KEY = sequence(
  sequence(oid('2a8648ce3d0201'), oid('2a8648ce3d030107')),
  der(0x03, Buffer.of(0), Buffer.from(P256_POINT, 'hex')),
)
const VALIDITY = sequence(der(0x17, Buffer.from('250101000000Z')), der(0x17, Buffer.from('350101000000Z')))

/** A certificate (RFC 5280 §4.1) whose signature nobody made. */
export function certificate(
  serial: number,
  { subject = 'sbc.example.com', issuer = 'Example CA', names = [], extensions = [] }: CertificateSettings = {},
): Buffer {
  const alternative = sequence(...names.map((name) => der(0x82, Buffer.from(name))))
  const all = [...extensions, ...(names.length === 0 ? [] : [sequence(oid('551d11'), der(0x04, alternative))])]
  const number = Buffer.alloc(5)
  number.writeUInt32BE(serial >>> 0, 1)
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), number])),
    ...[ECDSA_SHA256, named(issuer), VALIDITY, named(subject), P256_KEY],
    ...(all.length === 0 ? [] : [der(0xa3, sequence(...all))]),
  )
  const half = (of: string) =>
    der(0x02, Buffer.concat([Buffer.of(0x00), createHash('sha256').update(`${of} ${serial}`).digest()]))
  return sequence(body, ECDSA_SHA256, der(0x03, Buffer.of(0), sequence(half('r'), half('s'))))
}

export interface CertificateSettings {
  readonly subject?: string
  readonly issuer?: string
  /** dNSName of subjectAltName. */
  readonly names?: readonly string[]
  readonly extensions?: readonly Uint8Array[]
}

/** An extension of a certificate that nobody knows. */
export function unknownExtension(n: number, value: Uint8Array): Buffer {
  return sequence(der(0x06, Buffer.of(0x2a, 0x03, 0x80 | ((n >> 7) & 0x7f), n & 0x7f)), der(0x04, value))
}
