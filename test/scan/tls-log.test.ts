import { expect, test } from 'vitest'
import { TlsLog } from '../../src/scan/tls-log.ts'
import { HandshakeWitness } from '../../src/tls/handshake-witness.ts'
import type { ClientHello } from '../../src/tls/hello.ts'
import { frameAt } from '../tls/reading.ts'

const ends = {
  client: { address: '203.0.113.10', port: 40000 },
  server: { address: '198.51.100.20', port: 5061 },
  synSeen: true,
}
const HELLO = { type: 'client-hello', version: 0x0303, supportedVersions: [], cipherSuites: [], groups: [] } as const

test('of a connection that negotiates anew all day the first 8 handshakes are kept, and the others counted', () => {
  const log = new TlsLog()
  const witness = new HandshakeWitness()
  const entry = log.open(ends, frameAt(1))
  entry?.follow(witness)
  for (let n = 1; n <= 30; n++) {
    witness.clientHello(
      { ...HELLO, signatureAlgorithms: [], applicationProtocols: [], extensions: new Map() } as unknown as ClientHello,
      frameAt(n),
    )
  }
  expect(log.records[0].handshakes).toHaveLength(8)
  expect(log.dropped.tlsHandshakesOfConnection).toBe(22)
  entry?.settle()
  expect(log.dropped.tlsHandshakesOfConnection).toBe(22)
})

test('of 10,000 connections each is kept, and those beyond are counted', () => {
  const log = new TlsLog()
  for (let n = 0; n < 10_003; n++) log.open(ends, frameAt(n + 1))
  expect(log.records).toHaveLength(10_000)
  expect(log.dropped.tlsConnectionsJudged).toBe(3)
})
