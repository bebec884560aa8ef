import * as zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decompressedCertificate } from '../../src/tls/compressed-certificate.ts'
import type { CertificateFacts } from '../../src/tls/handshake-facts.ts'
import { HandshakeType } from '../../src/tls/handshake-reader.ts'
import { HandshakeWitness } from '../../src/tls/handshake-witness.ts'
import type { ServerHello } from '../../src/tls/hello.ts'
import { LEAF } from './authority-credentials.ts'
import { frameAt } from './reading.ts'

const uint24 = (value: number) => Buffer.from([value >> 16, value >> 8, value])
const vector24 = (octets: Uint8Array) => Buffer.concat([uint24(octets.length), octets])
const leaf = Buffer.from(LEAF.replace(/-----[^-]+-----/g, ''), 'base64')
/** Certificate of TLS 1.3 (RFC 8446 §4.4.2). */
const MESSAGE = Buffer.concat([Buffer.from([0]), vector24(Buffer.concat([vector24(leaf), Buffer.from([0, 0])]))])

function compressed(algorithm: number, octets: Uint8Array, length = MESSAGE.length): Buffer {
  return Buffer.concat([Buffer.from([0, algorithm]), uint24(length), vector24(octets)])
}

const ZLIB = compressed(1, zlib.deflateSync(MESSAGE))

describe('CompressedCertificate (RFC 8879 §4)', () => {
  test('zlib', () => expect(decompressedCertificate(ZLIB)).toEqual(MESSAGE))

  test('brotli', () => {
    expect(decompressedCertificate(compressed(2, zlib.brotliCompressSync(MESSAGE)))).toEqual(MESSAGE)
  })

  test.each([
    ['another length than announced', compressed(1, zlib.deflateSync(MESSAGE), MESSAGE.length - 1)],
    ['a length that is more', compressed(1, zlib.deflateSync(MESSAGE), MESSAGE.length + 1)],
    ['octets that are none', compressed(1, MESSAGE)],
    ['an algorithm that nobody knows', compressed(9, MESSAGE)],
    ['a bomb', compressed(1, zlib.deflateSync(new Uint8Array(200_000)), 200_000)],
    ['cut', ZLIB.subarray(0, 40)],
    ['nothing', Buffer.alloc(0)],
  ])('undefined: %s', (_, body) => expect(decompressedCertificate(body)).toBeUndefined())
})

describe('a handshake with one', () => {
  const shown = (body: Uint8Array, version = 0x0304): [CertificateFacts | undefined, string[]] => {
    const anomalies: string[] = []
    const witness = new HandshakeWitness((reason) => anomalies.push(reason))
    const hello = { version, cipherSuite: 0x1301, retry: false, extensions: new Map() }
    witness.serverHello(hello as unknown as ServerHello, frameAt(1))
    witness.message('server', HandshakeType.CompressedCertificate, body, frameAt(2))
    return [witness.handshakes[0].certificates.server, anomalies]
  }

  test('shows the chain that is in it', () => {
    expect(shown(ZLIB)).toEqual([{ at: frameAt(2), chain: [Uint8Array.from(leaf)] }, []])
  })

  test('one that is not read is said, and is not no certificate', () => {
    expect(shown(compressed(9, MESSAGE))).toEqual([
      { at: frameAt(2), chain: [], beyond: 1 },
      ['tls-certificate-not-decompressed'],
    ])
  })

  test('before TLS 1.3 there is none, and nothing in the clear is decompressed (RFC 8879 §1)', () => {
    expect(shown(ZLIB, 0x0303)).toEqual([undefined, []])
  })
})
