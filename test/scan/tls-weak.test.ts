import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { formatPcap } from '../../samples/capture-writer.ts'
import { frameDatagrams } from '../../samples/frames.ts'
import { composeTcpConnection } from '../../samples/tcp-connection.ts'
import type { Finding } from '../../src/model/report.ts'
import { scan } from '../../src/scan/scan.ts'

/*
 * Handshakes that no library here offers any more, by their octets: RFC 5246 §7.4 (messages), RFC 2246 and RFC 6101
 * (versions), RFC 4346 §A.5 and RFC 5246 §A.5 (suites).
 */
const FOLDER = mkdtempSync(join(tmpdir(), 'tls-weak-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

const uint16 = (value: number) => Buffer.from([value >> 8, value & 0xff])
const uint24 = (value: number) => Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff])

const handshake = (type: number, ...body: readonly Uint8Array[]): Buffer => {
  const whole = Buffer.concat(body)
  return Buffer.concat([Buffer.from([type]), uint24(whole.length), whole])
}

const recordOf = (type: number, version: number, fragment: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([type]), uint16(version), uint16(fragment.length), fragment])

const RANDOM = Buffer.alloc(32, 0x5a)
const NO_SESSION = Buffer.from([0])

/** Both hellos, ServerKeyExchange with a prime of so many bits where one is asked for, and both Finished, sealed. */
function handshakeOf(version: number, suite: number, primeBits?: number): (readonly [fromClient: boolean, Buffer])[] {
  const client = handshake(1, uint16(version), RANDOM, NO_SESSION, uint16(2), uint16(suite), Buffer.from([1, 0]))
  const server = handshake(2, uint16(version), RANDOM, NO_SESSION, uint16(suite), Buffer.from([0]))
  const prime = primeBits === undefined ? undefined : Buffer.alloc(primeBits / 8, 0xff)
  const vector = (octets: Uint8Array) => Buffer.concat([uint16(octets.length), octets])
  const exchange =
    prime === undefined ? [] : [handshake(12, vector(prime), vector(Buffer.from([2])), vector(prime), vector(RANDOM))]
  const change = recordOf(20, version, Buffer.from([1]))
  const finished = recordOf(22, version, Buffer.alloc(40, 0x3c))
  return [
    [true, recordOf(22, version, client)],
    [false, recordOf(22, version, Buffer.concat([server, ...exchange, handshake(14)]))],
    [true, Buffer.concat([recordOf(22, version, handshake(16, uint16(32), RANDOM)), change, finished])],
    [false, Buffer.concat([change, finished])],
  ]
}

async function found(...of: Parameters<typeof handshakeOf>): Promise<Finding[]> {
  const written = handshakeOf(...of).map(([fromClient, octets], n) => ({ timeNs: 1e9 + n * 1e7, fromClient, octets }))
  const client = { address: '203.0.113.10', port: 40000 }
  const server = { address: '198.51.100.20', port: 5061 }
  const path = join(FOLDER, 'one.pcap')
  writeFileSync(path, formatPcap(frameDatagrams(composeTcpConnection(client, server, written)), 1_790_000_000, 'micro'))
  const { findings } = await scan({ captures: [path], workers: 1 })
  return findings.filter(({ rule }) => /^tls-(version|cipher|weak-dh)$/.test(rule))
}

const said = (findings: readonly Finding[]) =>
  findings.map(({ rule, kind, severity }) => `${severity} ${rule}${kind === undefined ? '' : `:${kind}`}`).sort()

const [SSL_3, TLS_1_0, TLS_1_1, TLS_1_2] = [0x0300, 0x0301, 0x0302, 0x0303]

test.each([
  ['TLS_RSA_WITH_RC4_128_SHA', 0x0005],
  ['TLS_RSA_WITH_RC4_128_MD5', 0x0004],
  ['TLS_RSA_WITH_3DES_EDE_CBC_SHA', 0x000a],
  ['TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA', 0xc012],
  ['TLS_RSA_EXPORT_WITH_RC4_40_MD5', 0x0003],
  ['TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA', 0x0014],
  ['TLS_RSA_WITH_NULL_SHA', 0x0002],
  ['TLS_DH_anon_WITH_AES_128_CBC_SHA', 0x0034],
  ['TLS_ECDH_anon_WITH_AES_256_CBC_SHA', 0xc019],
])('%s is weak (RFC 7465, RFC 8429, RFC 9325 §4.1)', async (name, suite) => {
  const findings = await found(TLS_1_2, suite)
  expect(said(findings)).toEqual(['error tls-cipher:weak'])
  expect(findings[0].detail).toContain(name)
})

test.each([
  ['SSL 3.0', SSL_3],
  ['TLS 1.0', TLS_1_0],
  ['TLS 1.1', TLS_1_1],
])('%s is deprecated (RFC 7568, RFC 8996)', async (name, version) => {
  const findings = await found(version, 0x002f)
  expect(said(findings)).toEqual(['error tls-version:deprecated'])
  expect(findings[0].detail).toContain(name)
})

test('1024 bits of Diffie-Hellman are weak, 2048 are not (RFC 9325 §4.4)', async () => {
  expect(said(await found(TLS_1_2, 0x0033, 1024))).toEqual(['error tls-weak-dh'])
  expect(said(await found(TLS_1_2, 0x0033, 2048))).toEqual([])
})

test('TLS_RSA_WITH_AES_128_CBC_SHA under TLS 1.2 is neither', async () => {
  expect(said(await found(TLS_1_2, 0x002f))).toEqual([])
})
