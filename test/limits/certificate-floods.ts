import type { X509Certificate } from 'node:crypto'
import { expect } from 'vitest'
import type { LimitName } from '../../src/limits/limits.ts'
import { AnomalyLog } from '../../src/model/anomaly-log.ts'
import type { Report } from '../../src/model/report.ts'
import { analyseTls } from '../../src/model/tls-analysis.ts'
import { Revocations } from '../../src/model/tls-revocations.ts'
import type { ReadCertificate } from '../../src/tls/certificate.ts'
import type { HandshakeFacts } from '../../src/tls/handshake-facts.ts'
import { SignatureChecks } from '../../src/tls/signature-checks.ts'
import { frameAt } from '../tls/reading.ts'
import { reachedIn } from './limited-scan.ts'

type Reached = Partial<Record<LimitName, number>>

/** Chains of 16 certificates, no two alike. */
export function differentCertificates(chains: number): Reached {
  const at = frameAt(1)
  const handshakes = Array.from({ length: chains }, (_, n): HandshakeFacts => {
    const chain = Array.from({ length: 16 }, (_, k) => Buffer.from(`certificate ${16 * n + k}`))
    const shown = { server: { at, chain } }
    return { at, retried: false, resumed: false, certificates: shown, alerts: [], finished: {}, opened: false }
  })
  const ends = { client: { address: '192.0.2.1', port: 1 }, server: { address: '192.0.2.2', port: 5061 } }
  const seen = { at, lastAt: at, fromStart: true, lost: false, spoke: [], targets: [], clear: {} }
  const anomalies = new AnomalyLog()
  analyseTls([{ ...ends, ...seen, handshakes }], undefined, anomalies)
  return said(anomalies)
}

/** Certificates of one name, each of which may have issued each: a signature is checked once, and so many of them. */
export function possibleIssuers(certificates: number): Reached {
  let checked = 0
  const x509 = { verify: () => checked++ < 0 } as unknown as X509Certificate
  const all = Array.from({ length: certificates }, (_, n) => {
    const facts = { fingerprint: `${n}` } as ReadCertificate['facts']
    return { facts, x509, subjectName: 'any', issuerName: 'any' }
  })
  const checks = new SignatureChecks()
  for (let round = 0; round < 2; round++) {
    for (const one of all) for (const issuer of all) expect(checks.isIssuedBy(one, issuer)).toBe(false)
  }
  expect(checked).toBe(8192)
  // Asked twice, left out twice.
  return { certificateSignatures: checks.beyond / 2 }
}

/** Stapled responses that say nothing. */
export function stapledResponses(responses: number): Reached {
  const anomalies = new AnomalyLog()
  const revocations = new Revocations([], anomalies)
  const leaf = { facts: { serial: '1' } } as ReadCertificate
  for (let n = 0; n < responses; n++) revocations.stapled(Buffer.alloc(4), leaf, undefined, frameAt(n))
  return said(anomalies)
}

function said(anomalies: AnomalyLog): Reached {
  return reachedIn({ anomalies: anomalies.anomalies(false) } as unknown as Report)
}
