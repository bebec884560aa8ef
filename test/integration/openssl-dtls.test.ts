import { createPrivateKey } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DtlsAssociations } from '../../src/tls/dtls-associations.ts'
import { DtlsMessageReader } from '../../src/tls/dtls-message-reader.ts'
import { ContentType, readDtlsRecords } from '../../src/tls/dtls-record.ts'
import { HandshakeType } from '../../src/tls/handshake-reader.ts'
import { readServerHello, type ServerHello } from '../../src/tls/hello.ts'
import { KeyLog } from '../../src/tls/key-log.ts'
import { captureOf, mastersOf, mediaUnder, rtcpUnder, streamsOf } from '../dtls/media-capture.ts'
import { type Crossed, DtlsServer, handshake, OPENSSL } from '../dtls/openssl-handshake.ts'
import { RSA } from '../tls/credentials.ts'
import { NO_EMS } from '../tls/openssl-connection.ts'
import { frameAt, secretsOf } from '../tls/reading.ts'

const PROFILES = [
  ['SRTP_AES128_CM_SHA1_80', 'AES_CM_128_HMAC_SHA1_80', 60],
  ['SRTP_AES128_CM_SHA1_32', 'AES_CM_128_HMAC_SHA1_32', 60],
  ['SRTP_AEAD_AES_128_GCM', 'AEAD_AES_128_GCM', 56],
  ['SRTP_AEAD_AES_256_GCM', 'AEAD_AES_256_GCM', 88],
] as const

const PROFILE = 'SRTP_AES128_CM_SHA1_80'
const KEY = createPrivateKey(RSA.key)
const WEAK = ['-cipher', 'ALL:@SECLEVEL=0']
const DTLS_1_0 = ['-dtls1', ...WEAK]
const suite = (name: string, ...more: string[]) => ['-dtls1_2', '-cipher', name, ...more]

/** What is exported of the associations that crossed, and what went wrong. */
function exported(crossed: readonly Crossed[], secrets: ReturnType<typeof secretsOf>, length = 60) {
  const anomalies: string[] = []
  const associations = new DtlsAssociations(secrets, {
    keyed: () => undefined,
    anomaly: (_, reason) => void anomalies.push(reason),
    limit: (name) => void anomalies.push(name),
  })
  const [client, server] = [1000, 2000].map((port) => ({ address: '192.0.2.1', port }))
  for (const [n, { sender, octets }] of crossed.entries()) {
    const [from, to] = sender === 'client' ? [client, server] : [server, client]
    associations.take(from, to, octets, frameAt(n + 1))
  }
  return { material: associations.all.map((one) => one.exportForSrtp(length)), anomalies }
}

/** What the first handshake of a client is like. */
function shown(crossed: readonly Crossed[]) {
  const hellos: (ServerHello | undefined)[] = []
  let [hasCookie, isFragmented] = [false, false]
  const reader = new DtlsMessageReader(({ type, body }) => {
    if (type === HandshakeType.HelloVerifyRequest) hasCookie = true
    if (type === HandshakeType.ServerHello) hellos.push(readServerHello(Uint8Array.from(body)))
  })
  for (const { sender, octets } of crossed) {
    if (sender === 'client') continue
    readDtlsRecords(octets, ({ type, epoch, fragment }) => {
      if (type !== ContentType.Handshake || epoch > 0) return
      isFragmented ||= fragment.length - 12 < fragment[1] * 65_536 + fragment[2] * 256 + fragment[3]
      reader.push(fragment)
    })
  }
  const { version, extendedMasterSecret } = hellos[0] as ServerHello
  return { version, extendedMasterSecret, hasCookie, isFragmented }
}

/** What a row asks for. */
const asked = (what: string) => ({
  version: what.startsWith('DTLS 1.0') ? 0xfeff : 0xfefd,
  extendedMasterSecret: !what.includes('no extended'),
  // s_server asks for one in any case.
  hasCookie: true,
  isFragmented: what.includes('small datagrams'),
})

describe.runIf(OPENSSL)('media keyed by handshakes of openssl (RFC 5764 §4.2)', () => {
  test.each(PROFILES)('%s, with a cookie', async (profile, name, length) => {
    const { crossed, keyLog, exported } = await handshake({ profile }, length)
    expect(exported).toHaveLength(length)
    const masters = mastersOf(name, exported)
    const path = captureOf([...crossed, ...mediaUnder(masters, 1, 20), ...rtcpUnder(masters)])
    const { streams, anomalies } = await streamsOf(path, keyLog)
    const common = { failed: 0, unverified: 0, suite: name, keySource: 'dtls' }
    const expected = ['client', 'server'].flatMap((sender) => [
      { sender, kind: 'rtcp', verified: 1, ...common },
      { sender, kind: 'rtp', verified: 20, ...common },
    ])
    expect(streams.sort((a, b) => (a.sender + a.kind < b.sender + b.kind ? -1 : 1))).toEqual(expected)
    expect(anomalies).toEqual([])
  })

  test('RSA key exchange: with the private key of the server alone', async () => {
    const client = suite('AES128-GCM-SHA256')
    const { crossed, exported } = await handshake({ profile: PROFILE, credentials: RSA }, 60, client)
    const path = captureOf([...crossed, ...mediaUnder(mastersOf('AES_CM_128_HMAC_SHA1_80', exported), 1, 10)])
    const tlsSecrets = { keyLog: new KeyLog(), privateKeys: [KEY] }
    const { streams } = await streamsOf(path, '', { tlsSecrets })
    expect(streams.map(({ verified, failed }) => [verified, failed])).toEqual([
      [10, 0],
      [10, 0],
    ])
  })
})

type Row = [what: string, client: readonly string[], server?: readonly string[] | undefined, conf?: string]

const EXCHANGES: Row[] = [
  ['DTLS 1.0 (RFC 4347)', DTLS_1_0, ['-dtls1', '-listen', ...WEAK]],
  ['DTLS 1.0, no extended master secret', DTLS_1_0, ['-dtls1', '-listen', ...WEAK], NO_EMS],
  ['DTLS 1.2 (RFC 6347), SHA-256', suite('ECDHE-ECDSA-AES128-GCM-SHA256')],
  ['DTLS 1.2, SHA-384', suite('ECDHE-ECDSA-AES256-GCM-SHA384')],
  ['DTLS 1.2, no extended master secret', suite('ECDHE-ECDSA-AES128-GCM-SHA256'), undefined, NO_EMS],
  ["DTLS 1.2, small datagrams of openssl's own choice", suite('ECDHE-ECDSA-AES128-GCM-SHA256'), ['-dtls']],
  [
    'DTLS 1.2, small datagrams',
    suite('ECDHE-ECDSA-AES128-GCM-SHA256', '-mtu', '300'),
    ['-dtls', '-listen', '-mtu', '300'],
  ],
]

const RSA_EXCHANGES: Row[] = [
  ['DTLS 1.0', ['-dtls1', '-cipher', 'AES128-SHA:@SECLEVEL=0'], ['-dtls1', '-listen', ...WEAK]],
  [
    'DTLS 1.0, no extended master secret',
    ['-dtls1', '-cipher', 'AES128-SHA:@SECLEVEL=0'],
    ['-dtls1', '-listen', ...WEAK],
    NO_EMS,
  ],
  ['DTLS 1.2', suite('AES128-GCM-SHA256')],
  ['DTLS 1.2, SHA-384', suite('AES256-GCM-SHA384')],
  ['DTLS 1.2, no extended master secret', suite('AES128-GCM-SHA256'), undefined, NO_EMS],
  ["DTLS 1.2, AES-CBC, small datagrams of openssl's own choice", suite('AES256-SHA'), ['-dtls']],
  ['DTLS 1.2, small datagrams', suite('AES128-SHA256', '-mtu', '300'), ['-dtls', '-listen', '-mtu', '300']],
]

const serverOf = (server?: readonly string[], conf?: string) => ({
  profile: PROFILE,
  ...(server && { server }),
  ...(conf !== undefined && { conf }),
})

describe.runIf(OPENSSL)('keys that openssl exports', () => {
  test.each<Row>(EXCHANGES)('%s: by a key log', async (what, client, server, conf) => {
    const one = await handshake(serverOf(server, conf), 60, client)
    expect(shown(one.crossed)).toEqual(asked(what))
    expect(one.exported).toHaveLength(60)
    expect(exported(one.crossed, secretsOf(one.keyLog))).toEqual({ material: [one.exported], anomalies: [] })
  })

  test.each<Row>(RSA_EXCHANGES)('%s: RSA key exchange, by the private key', async (what, client, server, conf) => {
    const one = await handshake({ ...serverOf(server, conf), credentials: RSA }, 60, client)
    expect(shown(one.crossed)).toEqual(asked(what))
    expect(one.exported).toHaveLength(60)
    expect(exported(one.crossed, secretsOf('', [KEY]))).toEqual({ material: [one.exported], anomalies: [] })
    expect(exported(one.crossed, secretsOf('')).material).toEqual([undefined])
  })

  test.each([
    ['every third datagram lost', (n: number) => (n % 3 === 2 && n < 12 ? 0 : 1)],
    ['every other datagram twice', (n: number) => (n % 2 === 0 ? 2 : 1)],
  ] as const)('flights that are sent again: %s (RFC 6347 §4.2.4)', async (_, arrives) => {
    const client = suite('AES128-GCM-SHA256', '-mtu', '300')
    const server = { ...serverOf(['-dtls', '-listen', '-mtu', '300']), credentials: RSA, arrives }
    const one = await handshake(server, 60, client)
    expect(one.exported).toHaveLength(60)
    expect(exported(one.crossed, secretsOf(one.keyLog)).material).toEqual([one.exported])
    expect(exported(one.crossed, secretsOf('', [KEY])).material).toEqual([one.exported])
  })

  test.each([
    ['ticket (RFC 5077)', [], []],
    ['id (RFC 5246 §7.3)', ['-no_ticket'], ['-no_ticket']],
  ])('a session resumed by its %s: with the private key alone', async (_, ofClient, ofServer) => {
    const client = suite('AES128-GCM-SHA256', ...ofClient)
    const server = await DtlsServer.open({ ...serverOf(['-dtls', ...ofServer]), credentials: RSA })
    try {
      const session = join(server.folder, 'session')
      const first = await server.handshake(60, [...client, '-sess_out', session])
      const second = await server.handshake(60, [...client, '-sess_in', session])
      expect(second.exported).toHaveLength(60)
      expect(second.exported).not.toEqual(first.exported)
      const both = [...first.crossed, ...second.crossed]
      // A resumed handshake has no ClientKeyExchange.
      expect(second.crossed.some(({ octets }) => octets[0] === 22 && octets[13] === 16)).toBe(false)
      expect(exported(both, secretsOf('', [KEY])).material).toEqual([first.exported, second.exported])
      expect(exported(both, secretsOf(second.keyLog)).material).toEqual([first.exported, second.exported])
    } finally {
      server.close()
    }
  })
})

test.runIf(!OPENSSL)('openssl is not installed: its DTLS handshakes were NOT read', () => {
  expect(OPENSSL).toBe(false)
})
