import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams } from '../../samples/frames.ts'
import { composeTcpConnection } from '../../samples/tcp-connection.ts'
import { scan } from '../../src/scan/scan.ts'
import { INTERMEDIATE, LEAF, LEAF_KEY, ROOT } from './authority-credentials.ts'
import { OPENSSL, openssl } from './openssl-connection.ts'
import { read, secretsOf } from './reading.ts'
import type { Recorded } from './recorded-connection.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'tls-openssl-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const SERVER = { key: LEAF_KEY, chain: `${LEAF}${INTERMEDIATE}` }
const WEAK = ['-cipher', 'DEFAULT:@SECLEVEL=0']

describe.runIf(OPENSSL)('connections of openssl are read with a key log', () => {
  test.each([
    ['TLS 1.0 (RFC 2246)', ['-tls1', ...WEAK], WEAK],
    ['TLS 1.1 (RFC 4346)', ['-tls1_1', ...WEAK], WEAK],
    ['TLS 1.2, AES-CBC, MAC then encrypt', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA256'], ['-no_etm']],
    ['TLS 1.2, AES-CBC, encrypt then MAC (RFC 7366)', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-SHA384'], []],
    ['TLS 1.2, ChaCha20-Poly1305 (RFC 7905)', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-CHACHA20-POLY1305'], []],
    ['TLS 1.3 (RFC 8446)', ['-tls1_3'], []],
  ])('%s', async (_, client, server) => {
    const { crossings, keyLog } = await openssl({ ...SERVER, client, server, lines: ['hello'] })
    const { said, anomalies } = read(crossings, secretsOf(keyLog))
    expect(said).toEqual([
      ['client', 'hello\n'],
      ['server', 'olleh\n'],
    ])
    expect(anomalies).toEqual([])
  })

  test.each([
    ['TLS 1.3: a key update that asks for another (RFC 8446 §4.6.3)', '-tls1_3', 'K'],
    ['TLS 1.2: a renegotiation (RFC 5746)', '-tls1_2', 'R'],
  ])('%s', async (_, version, command) => {
    const { crossings, keyLog } = await openssl({
      ...SERVER,
      client: [version],
      server: ['-client_renegotiation'],
      lines: ['before', command, 'after'],
    })
    const { said, anomalies, facts } = read(crossings, secretsOf(keyLog))
    // s_server answers with its first line only.
    expect(said).toEqual([
      ['client', 'before\n'],
      ['server', 'erofeb\n'],
      ['client', 'after\n'],
    ])
    expect(anomalies).toEqual([])
    expect(facts.handshakes).toHaveLength(command === 'R' ? 2 : 1)
  })
})

/** What is said of a connection, captured at this time (µs do not matter), about handshakes and dates. */
async function judged({ crossings }: Recorded, epochSeconds: number): Promise<string[]> {
  const client = { address: '203.0.113.10', port: 40000 }
  const server = { address: '198.51.100.20', port: 5061 }
  const written = crossings.map(({ sender, bytes }, n) => ({
    timeNs: 1e9 + n * 1e7,
    fromClient: sender === 'client',
    octets: bytes,
  }))
  const path = join(FOLDER, 'one.pcap')
  const bundle = join(FOLDER, 'root.pem')
  writeFileSync(path, formatPcap(frameDatagrams(composeTcpConnection(client, server, written)), epochSeconds, 'micro'))
  writeFileSync(bundle, ROOT)
  const only = ['tls-handshake-failed', 'tls-certificate-dates', 'tls-self-signed']
  const { findings } = await scan({ captures: [path], caBundles: [bundle], findings: { only }, workers: 1 })
  const said = findings.map(({ rule, kind }) => `${rule}:${kind}`).filter((one) => !one.endsWith(':long-lived'))
  // A date may be said of more than one certificate of the chain.
  return [...new Set(said)]
}

describe.runIf(OPENSSL)('handshakes of openssl that fail are judged', () => {
  const [LATER, LONG_AGO] = [1_800_000_000, 600_000_000]
  const strict = ['-tls1_2', '-verify_return_error']

  test('the client does not know the authority', async () => {
    const recorded = await openssl({ ...SERVER, client: [...strict, '-no-CAfile', '-no-CApath', '-no-CAstore'] })
    expect(await judged(recorded, LATER)).toEqual(['tls-handshake-failed:unknown-ca'])
  })

  test('the certificate is not valid yet when it is shown, and the client says so', async () => {
    const client = [...strict, '-attime', `${LONG_AGO}`]
    const recorded = await openssl({ ...SERVER, trusted: ROOT, client })
    expect((await judged(recorded, LONG_AGO)).sort()).toEqual([
      'tls-certificate-dates:not-yet-valid',
      'tls-handshake-failed:bad-certificate',
    ])
  })

  test('a self-signed certificate for a day, seen a long time after it', async () => {
    const key = join(FOLDER, 'day.key')
    const ask = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-keyout', key]
    const name = ['-subj', '/CN=trunk.example.com', '-addext', 'subjectAltName=DNS:trunk.example.com']
    const chain = execFileSync('openssl', ['req', '-x509', ...ask, ...name], { encoding: 'latin1', stdio: 'pipe' })
    const recorded = await openssl({ key: readFileSync(key, 'latin1'), chain, client: ['-tls1_2'], lines: ['hello'] })
    // The day is that of the test: some years from it, whenever it runs.
    const later = Math.floor(Date.now() / 1000) + 100_000_000
    expect((await judged(recorded, later)).sort()).toEqual([
      'tls-certificate-dates:expired',
      'tls-self-signed:undefined',
    ])
  })

  test('the same handshake in another time: dates are those of the capture', async () => {
    const recorded = await openssl({ ...SERVER, trusted: ROOT, client: strict, lines: ['hello'] })
    expect(await judged(recorded, LATER)).toEqual([])
    expect(await judged(recorded, LONG_AGO)).toEqual(['tls-certificate-dates:not-yet-valid'])
  })
})

test.runIf(!OPENSSL)('openssl is not installed: its handshakes are not tried here', () => {
  expect(OPENSSL).toBe(false)
})
