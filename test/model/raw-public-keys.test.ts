import { createPublicKey, X509Certificate } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { AnomalyLog } from '../../src/model/anomaly-log.ts'
import { analyseTls } from '../../src/model/tls-analysis.ts'
import { frameAt } from '../rules/media-trace.ts'
import { handshakeOf, tlsOf } from '../rules/tls/tls-trace.ts'
import { LEAF } from '../tls/authority-credentials.ts'

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  return { ...crypto, createPublicKey: vi.fn(crypto.createPublicKey) }
})

test('a raw public key that many connections show is read once (RFC 7250 §3)', () => {
  const key = new X509Certificate(LEAF).publicKey.export({ type: 'spki', format: 'der' })
  const certificates = { server: { at: frameAt(3), chain: [key] } }
  const records = Array.from({ length: 100 }, () => ({ ...tlsOf(), handshakes: [{ ...handshakeOf(), certificates }] }))
  const anomalies = new AnomalyLog()
  expect(analyseTls(records, undefined, anomalies)).toHaveLength(100)
  expect(anomalies.anomalies(false)).toEqual([])
  expect(createPublicKey).toHaveBeenCalledTimes(1)
})
