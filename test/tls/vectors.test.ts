import { createCipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { expandLabel, prf } from '../../src/tls/key-derivation.ts'
import { read, secretsOf } from './reading.ts'
import { SIMPLE_HANDSHAKE, SIMPLE_KEY_LOG, SIMPLE_PAYLOAD } from './rfc8448.ts'

const NONE = new Uint8Array(0)
const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

describe('RFC 8448 §3: a simple handshake of TLS 1.3', () => {
  test('every record opens, and what both sides say comes out', () => {
    const { said, anomalies, facts } = read(SIMPLE_HANDSHAKE, secretsOf(SIMPLE_KEY_LOG))
    expect(said).toEqual([
      ['client', SIMPLE_PAYLOAD],
      ['server', SIMPLE_PAYLOAD],
    ])
    expect(anomalies).toEqual([])
    expect(facts.handshakes).toMatchObject([
      {
        opened: true,
        clientHello: { serverName: 'server', cipherSuites: [0x1301, 0x1303, 0x1302], supportedVersions: [0x0304] },
        serverHello: { version: 0x0304, cipherSuite: 0x1301, group: 29 },
        alerts: [
          { sender: 'client', description: 0 },
          { sender: 'server', description: 0 },
        ],
      },
    ])
  })

  test('a record that was changed does not open, and nothing after it is believed', () => {
    const changed = SIMPLE_HANDSHAKE.map(({ sender, bytes }, n) => {
      const copy = Uint8Array.from(bytes)
      if (n === 5) copy[20] ^= 1
      return { sender, bytes: copy }
    })
    const { said, anomalies, lost } = read(changed, secretsOf(SIMPLE_KEY_LOG))
    expect(said).toEqual([['server', SIMPLE_PAYLOAD]])
    expect(anomalies).toEqual(['tls-record-not-authentic'])
    expect(lost).toEqual(['client'])
  })

  test('keys and vectors of the traffic secrets (RFC 8446 §7.3)', () => {
    const secret = hex('b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38')
    expect(expandLabel('sha256', secret, 'key', NONE, 16).toString('hex')).toBe('3fce516009c21727d0f2e4e86ee403bc')
    expect(expandLabel('sha256', secret, 'iv', NONE, 12).toString('hex')).toBe('5d313eb2671276ee13000b30')
  })
})

describe('KeyUpdate of TLS 1.3 (RFC 8446 §4.6.3, §7.2)', () => {
  /** A record of the server after `update` under its next secret, sealed here by node:crypto alone. */
  function sealed(secret: Uint8Array, sequence: number, type: number, content: Uint8Array): Uint8Array {
    const inner = Buffer.concat([content, Buffer.from([type])])
    const header = Buffer.from([23, 3, 3, 0, inner.length + 16])
    const nonce = expandLabel('sha256', secret, 'iv', NONE, 12)
    nonce[11] ^= sequence
    const cipher = createCipheriv('aes-128-gcm', expandLabel('sha256', secret, 'key', NONE, 16), nonce)
    cipher.setAAD(header)
    return Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()])
  }

  test('each side changes its own keys', () => {
    const secret = hex('a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643')
    const next = expandLabel('sha256', secret, 'traffic upd', NONE, 32)
    const update = sealed(secret, 2, 22, Buffer.from([24, 0, 0, 1, 0]))
    const after = sealed(next, 0, 23, Buffer.from('after'))
    const crossings = [
      ...SIMPLE_HANDSHAKE.slice(0, 7),
      ...[update, after].map((bytes) => ({ sender: 'server' as const, bytes })),
    ]
    const { said, anomalies } = read(crossings, secretsOf(SIMPLE_KEY_LOG))
    expect(anomalies).toEqual([])
    expect(said.at(-1)).toEqual(['server', `${SIMPLE_PAYLOAD}after`])
  })
})

describe('the pseudorandom function of TLS 1.2 and before', () => {
  test('P_SHA256 of a published vector', () => {
    const out = prf(
      'sha256',
      hex('9bbe436ba940f017b17652849a71db35'),
      'test label',
      hex('a0ba9f936cda311827a6f796ffd5198c'),
      100,
    )
    expect(out.toString('hex')).toBe(
      'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd' +
        '3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66',
    )
  })
})
