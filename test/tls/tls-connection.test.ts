import { constants, createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { ECDSA, RSA } from './credentials.ts'
import { frameAt, read, secretsOf, serverHelloOf } from './reading.ts'
import { exchange, REQUEST, RESPONSE, RecordingServer, record } from './recorded-connection.ts'
import { trace } from './rfc8448.ts'

const NO_TICKET = constants.SSL_OP_NO_TICKET
const NO_ETM = constants.SSL_OP_NO_ENCRYPT_THEN_MAC
/** SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3, which Node has no name for. */
const NO_EMS = 1

const CONVERSATION = [
  ['client', REQUEST],
  ['server', RESPONSE],
]
const only = (version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => ({ minVersion: version, maxVersion: version })

describe('TLS 1.3 with a key log (RFC 8446)', () => {
  const SUITES = ['AES_128_GCM_SHA256', 'AES_256_GCM_SHA384', 'CHACHA20_POLY1305_SHA256', 'AES_128_CCM_SHA256']
  test.each(SUITES.map((name) => `TLS_${name}`))('%s', async (ciphers) => {
    const { crossings, keyLog } = await record({ server: { ciphers }, client: { ...only('TLSv1.3'), ciphers } })
    const { said, anomalies, lost, facts } = read(crossings, secretsOf(keyLog))
    expect(said).toEqual(CONVERSATION)
    expect([...anomalies, ...lost]).toEqual([])
    expect(facts.handshakes).toMatchObject([{ opened: true, resumed: false, serverHello: { version: 0x0304 } }])
    expect(facts.handshakes[0].certificates.server?.chain).toHaveLength(1)
  })

  test('HelloRetryRequest: the second ClientHello counts (§4.1.4)', async () => {
    const { crossings, keyLog } = await record({
      server: { ecdhCurve: 'P-384' },
      client: { ...only('TLSv1.3'), ecdhCurve: 'X25519:P-384' },
    })
    const { said, facts } = read(crossings, secretsOf(keyLog))
    expect(said).toEqual(CONVERSATION)
    expect(facts.handshakes).toMatchObject([{ retried: true, serverHello: { group: 24 } }])
  })

  test('a session is resumed by its ticket (§2.2)', async () => {
    const server = new RecordingServer()
    await server.open()
    try {
      const first = await server.record({ client: only('TLSv1.3') })
      const { crossings, keyLog } = await server.record({
        client: { ...only('TLSv1.3'), session: first.session as Buffer },
      })
      const { said, facts } = read(crossings, secretsOf(keyLog))
      expect(said).toEqual(CONVERSATION)
      expect(facts.handshakes).toMatchObject([{ resumed: true, certificates: {} }])
    } finally {
      server.close()
    }
  })

  test('without secrets only the hellos are known', async () => {
    const { crossings } = await record({ client: only('TLSv1.3') })
    const { said, anomalies, facts } = read(crossings, secretsOf(''))
    expect(said).toEqual([])
    expect(anomalies).toEqual([])
    expect(facts.spoke).toEqual(['server', 'client'])
    expect(facts.handshakes).toMatchObject([
      { opened: false, certificates: {}, clientHello: { serverName: 'trunk.example.com' } },
    ])
  })
})

test('TLS 1.3: an alert behind the hellos that is not sealed is heard without secrets (RFC 8446 §6)', () => {
  const [clientHello, serverHello, flight] = trace('3-simple').crossings
  const alert = { sender: 'client', bytes: Buffer.from('15030300020230', 'hex') } as const
  const { facts } = read([clientHello, serverHello, flight, alert], secretsOf(''))
  expect(facts.handshakes[0].alerts).toEqual([{ sender: 'client', at: frameAt(4), level: 2, description: 48 }])
})

describe('TLS 1.2 with a key log (RFC 5246)', () => {
  const SUITES = [
    ['ECDHE-RSA-AES128-GCM-SHA256', RSA],
    ['ECDHE-RSA-AES256-GCM-SHA384', RSA],
    ['ECDHE-RSA-CHACHA20-POLY1305', RSA],
    ['ECDHE-RSA-AES128-SHA', RSA],
    ['ECDHE-RSA-AES256-SHA384', RSA],
    ['ECDHE-ECDSA-AES256-GCM-SHA384', ECDSA],
    ['ECDHE-ECDSA-AES128-SHA256', ECDSA],
    ['ECDHE-ECDSA-CHACHA20-POLY1305', ECDSA],
    ['ECDHE-ECDSA-AES128-CCM', ECDSA],
    ['ECDHE-ECDSA-AES256-CCM8', ECDSA],
    ['DHE-RSA-AES256-GCM-SHA384', RSA],
    ['DHE-RSA-AES128-SHA256', RSA],
    ['DHE-RSA-CHACHA20-POLY1305', RSA],
    ['AES128-GCM-SHA256', RSA],
    ['AES256-CCM', RSA],
    ['CAMELLIA256-SHA', RSA],
    ['AES256-SHA256', RSA],
    ['AES128-SHA', RSA],
  ] as const

  test.each(SUITES)('%s', async (ciphers, credentials) => {
    const { crossings, keyLog } = await record({
      server: { ...credentials, ciphers: `${ciphers}:@SECLEVEL=0`, dhparam: 'auto' },
      client: { ...only('TLSv1.2'), ciphers: `${ciphers}:@SECLEVEL=0` },
    })
    const { said, anomalies, facts } = read(crossings, secretsOf(keyLog))
    expect(said).toEqual(CONVERSATION)
    expect(anomalies).toEqual([])
    expect(facts.handshakes).toMatchObject([{ opened: true, serverHello: { version: 0x0303 } }])
    expect(facts.handshakes[0].certificates.server?.chain).toHaveLength(1)
  })

  test.each([
    ['encrypt then MAC (RFC 7366)', 0, { encryptThenMac: true, extendedMasterSecret: true }],
    ['MAC then encrypt', NO_ETM, { encryptThenMac: false, extendedMasterSecret: true }],
    ['no extended master secret (RFC 7627)', NO_EMS, { encryptThenMac: true, extendedMasterSecret: false }],
    ['neither', NO_ETM | NO_EMS, { encryptThenMac: false, extendedMasterSecret: false }],
  ])('AES-CBC: %s', async (_, secureOptions, agreed) => {
    const ciphers = 'AES256-SHA'
    const { crossings, keyLog } = await record({
      server: { ciphers, secureOptions },
      client: { ...only('TLSv1.2'), ciphers },
    })
    expect(serverHelloOf(crossings)).toMatchObject(agreed)
    expect(read(crossings, secretsOf(keyLog)).said).toEqual(CONVERSATION)
    expect(read(crossings, secretsOf('', [createPrivateKey(RSA.key)])).said).toEqual(CONVERSATION)
  })

  test('a key that both sides have, and no certificate (RFC 4279)', async () => {
    const psk = Buffer.alloc(32, 7)
    const common = { ...only('TLSv1.2'), ciphers: 'PSK-AES128-GCM-SHA256' }
    const { crossings, keyLog } = await record({
      server: { ...common, pskCallback: () => psk },
      client: { ...common, pskCallback: () => ({ psk, identity: 'trunk' }), checkServerIdentity: () => undefined },
    })
    const { said, facts } = read(crossings, secretsOf(keyLog))
    expect(said).toEqual(CONVERSATION)
    expect(facts.handshakes).toMatchObject([{ opened: true, certificates: {}, serverHello: { cipherSuite: 0xa8 } }])
  })

  test.each([true, false])('a session is resumed with a key log (ticket: %j)', async (ticket) => {
    const server = new RecordingServer({ ...only('TLSv1.2'), ...(ticket ? {} : { secureOptions: NO_TICKET }) })
    await server.open()
    try {
      const first = await server.record()
      const { crossings, keyLog } = await server.record({ client: { session: first.session as Buffer } })
      const { said, facts } = read(crossings, secretsOf(keyLog))
      expect(facts.handshakes).toMatchObject([{ resumed: true, opened: true, certificates: {} }])
      expect(said).toEqual(CONVERSATION)
    } finally {
      server.close()
    }
  })

  test.each(['AES128-GCM-SHA256', 'AES256-SHA'])('%s with the private key of the server alone', async (ciphers) => {
    const { crossings } = await record({ server: { ciphers }, client: { ...only('TLSv1.2'), ciphers } })
    const keys = [createPrivateKey(ECDSA.key), createPrivateKey(RSA.key)]
    expect(read(crossings, secretsOf('', keys)).said).toEqual(CONVERSATION)
    expect(read(crossings, secretsOf('')).said).toEqual([])
  })

  test.each([true, false])('a session is resumed with the private key alone (ticket: %j)', async (ticket) => {
    const ciphers = 'AES128-GCM-SHA256'
    const options = ticket ? {} : { secureOptions: NO_TICKET }
    const server = new RecordingServer({ ciphers, ...only('TLSv1.2'), ...options })
    await server.open()
    try {
      const first = await server.record({ client: { ciphers } })
      const second = await server.record({ client: { ciphers, session: first.session as Buffer } })
      const secrets = secretsOf('', [createPrivateKey(RSA.key)])
      expect(read(first.crossings, secrets).said).toEqual(CONVERSATION)
      const { said, facts } = read(second.crossings, secrets)
      expect(facts.handshakes).toMatchObject([{ resumed: true }])
      expect(said).toEqual(CONVERSATION)
    } finally {
      server.close()
    }
  })

  test('renegotiation: what is said before and after it (RFC 5746)', async () => {
    const renegotiate = (client: TLSSocket) =>
      new Promise<void>((resolve, reject) => {
        client.renegotiate({ rejectUnauthorized: false }, (error) => (error === null ? resolve() : reject(error)))
      })
    const { crossings, keyLog, error } = await record({
      client: only('TLSv1.2'),
      talk: async (client, server) => {
        await exchange(client, server)
        // The server answers a renegotiation while it reads.
        server.resume()
        await renegotiate(client)
        const heard = once(server, 'data')
        client.write(REQUEST)
        await heard
      },
    })
    expect(error).toBeUndefined()
    const { said, facts } = read(crossings, secretsOf(keyLog))
    expect(facts.handshakes).toHaveLength(2)
    expect(said).toEqual([...CONVERSATION, ['client', REQUEST]])
  })

  test('the certificate and the group show without secrets', async () => {
    const { crossings } = await record({ client: { ...only('TLSv1.2'), ecdhCurve: 'P-384' } })
    const { facts } = read(crossings, secretsOf(''))
    expect(facts.handshakes).toMatchObject([{ opened: false, keyExchange: { group: 24 } }])
    expect(facts.handshakes[0].certificates.server?.chain).toHaveLength(1)
    expect(Object.keys(facts.handshakes[0].finished).sort()).toEqual(['client', 'server'])
  })
})

describe('TLS 1.0 and 1.1 (RFC 2246, RFC 4346)', () => {
  test.each([
    ['TLSv1', 'ECDHE-RSA-AES128-SHA', 'encrypt then MAC, extended master secret', 0],
    ['TLSv1', 'AES256-SHA', 'neither', NO_ETM | NO_EMS],
    ['TLSv1.1', 'ECDHE-RSA-AES256-SHA', 'encrypt then MAC, extended master secret', 0],
    ['TLSv1.1', 'AES128-SHA', 'neither', NO_ETM | NO_EMS],
  ] as const)('%s, %s: %s', async (version, name, _, secureOptions) => {
    const options = { ...only(version), ciphers: `${name}:@SECLEVEL=0`, secureOptions }
    const { crossings, keyLog } = await record({ server: options, client: options })
    const { said, anomalies } = read(crossings, secretsOf(keyLog))
    expect(said).toEqual(CONVERSATION)
    expect(anomalies).toEqual([])
    const byKey = read(crossings, secretsOf('', [createPrivateKey(RSA.key)])).said
    expect(byKey).toEqual(name.startsWith('ECDHE') ? [] : CONVERSATION)
  })
})

describe('how the octets were cut makes no difference', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s, an octet at a time', async (version) => {
    const { crossings, keyLog } = await record({ client: only(version) })
    const octets = crossings.flatMap(({ sender, bytes }) =>
      [...bytes].map((octet) => ({ sender, bytes: Uint8Array.of(octet) })),
    )
    expect(read(octets, secretsOf(keyLog)).said).toEqual(CONVERSATION)
  })
})
