import { createPrivateKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { INTERMEDIATE, LEAF, LEAF_KEY } from '../tls/authority-credentials.ts'
import { RSA } from '../tls/credentials.ts'
import { NO_EMS, OPENSSL, type OpensslIdentity, OpensslServer, openssl } from '../tls/openssl-connection.ts'
import { read, secretsOf, serverHelloOf } from '../tls/reading.ts'

const ECDSA_SERVER = { key: LEAF_KEY, chain: `${LEAF}${INTERMEDIATE}` }
const RSA_SERVER = { key: RSA.key, chain: RSA.cert }
const WEAK = ['-cipher', 'ALL:@SECLEVEL=0']
const suite = (name: string) => ['-tls1_2', '-cipher', `${name}:@SECLEVEL=0`]
const suite13 = (name: string) => ['-tls1_3', '-ciphersuites', name]
const HEARD = [
  ['client', 'hello\n'],
  ['server', 'olleh\n'],
]

type Row = [what: string, client: readonly string[], server?: readonly string[], identity?: OpensslIdentity]

const ROWS: readonly Row[] = [
  ['TLS 1.0 (RFC 2246): AES-CBC, whose vectors are chained', ['-tls1', ...WEAK], WEAK],
  ['TLS 1.0: encrypt then MAC refused', ['-tls1', ...WEAK], [...WEAK, '-no_etm']],
  ['TLS 1.1 (RFC 4346): AES-CBC', ['-tls1_1', ...WEAK], WEAK],
  ['TLS 1.1: no extended master secret', ['-tls1_1', ...WEAK], WEAK, { ...ECDSA_SERVER, conf: NO_EMS }],
  ['TLS 1.2: AES-128-GCM (RFC 5288)', suite('ECDHE-ECDSA-AES128-GCM-SHA256')],
  ['TLS 1.2: AES-256-GCM', suite('ECDHE-ECDSA-AES256-GCM-SHA384')],
  ['TLS 1.2: AES-CBC, MAC then encrypt', suite('ECDHE-ECDSA-AES128-SHA256'), ['-no_etm']],
  ['TLS 1.2: AES-CBC, encrypt then MAC (RFC 7366)', suite('ECDHE-ECDSA-AES256-SHA384')],
  ['TLS 1.2: ChaCha20-Poly1305 (RFC 7905)', suite('ECDHE-ECDSA-CHACHA20-POLY1305')],
  ['TLS 1.2: AES-128-CCM (RFC 7251)', suite('ECDHE-ECDSA-AES128-CCM'), WEAK],
  ['TLS 1.2: AES-256-CCM', suite('ECDHE-ECDSA-AES256-CCM'), WEAK],
  ['TLS 1.2: AES-128-CCM, tag of 8 octets', suite('ECDHE-ECDSA-AES128-CCM8'), WEAK],
  ['TLS 1.2: AES-256-CCM, tag of 8 octets', suite('ECDHE-ECDSA-AES256-CCM8'), WEAK],
  ['TLS 1.2: RSA key exchange, AES-128-CCM (RFC 6655)', suite('AES128-CCM'), WEAK, RSA_SERVER],
  ['TLS 1.2: RSA key exchange, AES-256-CCM, tag of 8 octets', suite('AES256-CCM8'), WEAK, RSA_SERVER],
  ['TLS 1.2: DHE, AES-128-CCM, tag of 8 octets', suite('DHE-RSA-AES128-CCM8'), WEAK, RSA_SERVER],
  ['TLS 1.2: Camellia-CBC (RFC 5932)', suite('CAMELLIA128-SHA'), WEAK, RSA_SERVER],
  ['TLS 1.2: DHE, Camellia-256-CBC', suite('DHE-RSA-CAMELLIA256-SHA'), WEAK, RSA_SERVER],
  ['TLS 1.2: no extended master secret', suite('ECDHE-ECDSA-AES128-GCM-SHA256'), [], { ...ECDSA_SERVER, conf: NO_EMS }],
  ['TLS 1.2: records of 512 octets (RFC 6066)', [...suite('ECDHE-ECDSA-AES128-GCM-SHA256'), '-maxfraglen', '512']],
  ['TLS 1.3: AES-128-GCM (RFC 8446)', suite13('TLS_AES_128_GCM_SHA256')],
  ['TLS 1.3: AES-256-GCM', suite13('TLS_AES_256_GCM_SHA384')],
  ['TLS 1.3: ChaCha20-Poly1305', suite13('TLS_CHACHA20_POLY1305_SHA256')],
  ['TLS 1.3: AES-128-CCM', suite13('TLS_AES_128_CCM_SHA256'), suite13('TLS_AES_128_CCM_SHA256')],
  [
    'TLS 1.3: AES-128-CCM, tag of 8 octets',
    [...suite13('TLS_AES_128_CCM_8_SHA256'), '-cipher', 'DEFAULT@SECLEVEL=0'],
    [...suite13('TLS_AES_128_CCM_8_SHA256'), '-cipher', 'DEFAULT@SECLEVEL=0'],
  ],
  ['TLS 1.3: HelloRetryRequest (§4.1.4)', ['-tls1_3', '-groups', 'X25519:P-384'], ['-groups', 'P-384']],
  ['TLS 1.3: compatibility mode given up (§D.4)', ['-tls1_3', '-no_middlebox'], ['-no_middlebox']],
  ['TLS 1.3: padded records (§5.4)', ['-tls1_3', '-record_padding', '256'], ['-record_padding', '512']],
]

describe.runIf(OPENSSL)('connections of openssl are read with a key log', () => {
  test.each<Row>(ROWS)('%s', async (_, client, server = [], identity = ECDSA_SERVER) => {
    const { crossings, keyLog } = await openssl({ ...identity, client, server, lines: ['hello'] })
    const { said, anomalies, facts } = read(crossings, secretsOf(keyLog))
    expect(said).toEqual(HEARD)
    expect(anomalies).toEqual([])
    expect(facts.handshakes).toMatchObject([{ opened: true, resumed: false, finished: { client: {}, server: {} } }])
    expect(facts.handshakes[0].certificates.server?.chain.length).toBeGreaterThan(0)
    const { version, extendedMasterSecret } = serverHelloOf(crossings)
    if (version < 0x0304) expect(extendedMasterSecret).toBe(identity.conf === undefined)
  })

  test.each([
    ['TLS 1.2', ['-tls1_2', '-cipher', 'PSK-AES128-GCM-SHA256:PSK-AES256-CBC-SHA']],
    ['TLS 1.3', ['-tls1_3']],
  ])('%s: a key that both sides have, and no certificate (RFC 4279, RFC 8446 §2.2)', async (_, version) => {
    const psk = [...version, '-psk', '07'.repeat(16), '-psk_identity', 'trunk']
    const { crossings, keyLog } = await openssl({ client: psk, server: psk, lines: ['hello'] })
    const { said, anomalies, facts } = read(crossings, secretsOf(keyLog))
    expect(said).toEqual(HEARD)
    expect(anomalies).toEqual([])
    expect(facts.handshakes).toMatchObject([{ opened: true, certificates: {} }])
  })

  test.each([
    ['TLS 1.0', ['-tls1', '-cipher', 'AES128-SHA:@SECLEVEL=0'], {}],
    ['TLS 1.1, no extended master secret', ['-tls1_1', '-cipher', 'AES256-SHA:@SECLEVEL=0'], { conf: NO_EMS }],
    ['TLS 1.2, AES-128-GCM', suite('AES128-GCM-SHA256'), {}],
    ['TLS 1.2, AES-CBC, no extended master secret', suite('AES256-SHA256'), { conf: NO_EMS }],
  ])('RSA key exchange, %s: with the private key of the server alone', async (_, client, more) => {
    const { crossings } = await openssl({ ...RSA_SERVER, ...more, server: WEAK, client, lines: ['hello'] })
    expect(read(crossings, secretsOf('', [createPrivateKey(RSA.key)])).said).toEqual(HEARD)
    expect(read(crossings, secretsOf('')).said).toEqual([])
  })
})

describe.runIf(OPENSSL)('keys that change while openssl talks', () => {
  const typed = { ...ECDSA_SERVER, typed: true }
  const before = ['before', ['server', 'BEFORE']] as const
  const after = ['after', ['server', 'AFTER']] as const
  const heard = [
    ['client', 'before\n'],
    ['server', 'BEFORE\n'],
    ['client', 'after\n'],
    ['server', 'AFTER\n'],
  ]

  test.each([
    ['the client updates its keys (RFC 8446 §4.6.3)', 'k'],
    ['the client updates its keys and asks for the others', 'K'],
    ['the server updates its keys', ['server', 'k'] as const],
    ['the server updates its keys and asks for the others', ['server', 'K'] as const],
  ])('TLS 1.3: %s', async (_, update) => {
    const lines = [...before, update, ...after, update, ['server', 'AGAIN'] as const, 'again']
    const { crossings, keyLog } = await openssl({ ...typed, client: ['-tls1_3'], lines })
    const { said, anomalies } = read(crossings, secretsOf(keyLog))
    expect(said).toEqual([...heard.slice(0, 3), ['server', 'AFTER\nAGAIN\n'], ['client', 'again\n']])
    expect(anomalies).toEqual([])
  })

  test.each([
    ['by the client', 'R'],
    ['by the server', ['server', 'r'] as const],
    ['by the server, which asks for a certificate', ['server', 'R'] as const],
  ])('TLS 1.2: renegotiation %s (RFC 5746)', async (_, command) => {
    const server = ['-client_renegotiation']
    const { crossings, keyLog } = await openssl({
      ...typed,
      client: ['-tls1_2'],
      server,
      lines: [...before, command, ...after],
    })
    const { said, anomalies, facts } = read(crossings, secretsOf(keyLog))
    expect(said).toEqual(heard)
    expect(anomalies).toEqual([])
    expect(facts.handshakes).toHaveLength(2)
  })
})

describe.runIf(OPENSSL)('sessions of openssl that go on', () => {
  const first = (server: OpensslServer, client: readonly string[]) =>
    server.connect({ client: [...client, '-sess_out', join(server.folder, 'session')], lines: ['hello'] })
  const second = (server: OpensslServer, client: readonly string[], lines: readonly string[] = ['hello']) =>
    server.connect({ client: [...client, '-sess_in', join(server.folder, 'session')], lines })

  test.each([
    ['TLS 1.0, by its ticket (RFC 5077)', ['-tls1', ...WEAK], WEAK],
    ['TLS 1.1, by its id', ['-tls1_1', ...WEAK, '-no_ticket'], [...WEAK, '-no_ticket']],
    ['TLS 1.2, by its ticket', ['-tls1_2'], []],
    ['TLS 1.2, by its id (RFC 5246 §7.3)', ['-tls1_2', '-no_ticket'], ['-no_ticket']],
    ['TLS 1.3, by its ticket (RFC 8446 §2.2)', ['-tls1_3'], []],
    ['TLS 1.3, without another key exchange', ['-tls1_3', '-allow_no_dhe_kex'], ['-allow_no_dhe_kex']],
  ])('%s', async (_, client, options) => {
    const server = await OpensslServer.open({ ...ECDSA_SERVER, server: options })
    try {
      const one = await first(server, client)
      expect(read(one.crossings, secretsOf(one.keyLog)).said).toEqual(HEARD)
      const { crossings, keyLog } = await second(server, client)
      const { said, anomalies, facts } = read(crossings, secretsOf(keyLog))
      expect(facts.handshakes).toMatchObject([{ resumed: true, opened: true, certificates: {} }])
      expect(said).toEqual(HEARD)
      expect(anomalies).toEqual([])
    } finally {
      server.close()
    }
  })

  test.each([
    ['ticket', [], []],
    ['id', ['-no_ticket'], ['-no_ticket']],
  ])('TLS 1.2: RSA key exchange, resumed by %s: with the private key alone', async (_, client, options) => {
    const ask = [...suite('AES128-GCM-SHA256'), ...client]
    const server = await OpensslServer.open({ ...RSA_SERVER, server: options })
    const secrets = secretsOf('', [createPrivateKey(RSA.key)])
    try {
      const one = await first(server, ask)
      expect(read(one.crossings, secrets).said).toEqual(HEARD)
      const { crossings } = await second(server, ask)
      const { said, facts } = read(crossings, secrets)
      expect(facts.handshakes).toMatchObject([{ resumed: true }])
      expect(said).toEqual(HEARD)
    } finally {
      server.close()
    }
  })

  test.each([
    ['taken', ['-early_data', '-no_anti_replay'], ['client', 'early\nlate\n'], []],
    [
      'taken, its secret not logged',
      ['-early_data', '-no_anti_replay'],
      ['client', 'late\n'],
      ['tls-early-data-not-read'],
    ],
    ['refused, and said no more', [], ['client', 'late\n'], []],
  ])('TLS 1.3: early data is %s (RFC 8446 §4.2.10)', async (what, options, heard, anomalies) => {
    const server = await OpensslServer.open({ ...ECDSA_SERVER, server: ['-max_early_data', '16384', ...options] }, true)
    try {
      await server.connect({ client: ['-tls1_3', '-sess_out', join(server.folder, 'session')], lines: ['hello'] })
      const early = join(server.folder, 'early')
      writeFileSync(early, 'early\n')
      const { crossings, keyLog } = await second(server, ['-tls1_3', '-early_data', early], ['late'])
      expect(keyLog).toContain('CLIENT_EARLY_TRAFFIC_SECRET')
      const known = what.includes('not logged') ? keyLog.replace(/^CLIENT_EARLY.*$/gm, '') : keyLog
      const reading = read(crossings, secretsOf(known))
      expect(reading.facts.handshakes).toMatchObject([{ resumed: true, opened: true }])
      expect(reading.said).toEqual([heard])
      expect(reading.anomalies).toEqual(anomalies)
    } finally {
      server.close()
    }
  })
})

test.runIf(!OPENSSL)('openssl is not installed: its connections were NOT read', () => {
  expect(OPENSSL).toBe(false)
})
