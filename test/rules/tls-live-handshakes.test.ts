import { constants } from 'node:crypto'
import { expect, test } from 'vitest'
import { AnomalyLog } from '../../src/model/anomaly-log.ts'
import type { Finding } from '../../src/model/report.ts'
import { analyseTls } from '../../src/model/tls-analysis.ts'
import type { TlsConnectionRecord } from '../../src/model/tls-facts.ts'
import { RULES } from '../../src/rules/catalogue.ts'
import { runRules } from '../../src/rules/run-rules.ts'
import { INTERMEDIATE, LEAF, LEAF_KEY, ROOT } from '../tls/authority-credentials.ts'
import { read, secretsOf } from '../tls/reading.ts'
import { type Conversation, type Recorded, RecordingServer } from '../tls/recorded-connection.ts'
import { traceOf } from './media-trace.ts'
import { CLIENT, SERVER } from './tls-trace.ts'

const CHAIN = { key: LEAF_KEY, cert: `${LEAF}${INTERMEDIATE}` }

async function recorded({ server = {}, client = {} }: Conversation): Promise<Recorded> {
  const one = new RecordingServer({ ...CHAIN, ...server })
  await one.open()
  try {
    return await one.record({ client })
  } finally {
    one.close()
  }
}

/** What all rules of TLS say of a connection that ends with the client's FIN. */
function judged({ crossings, keyLog }: Recorded, withSecrets = false): Finding[] {
  const { facts } = read(crossings, secretsOf(withSecrets ? keyLog : ''))
  const at = { position: 0, capture: 0, frame: 1, timeUs: Date.now() * 1000 }
  const end = { how: 'fin' as const, by: 'client' as const, at: { ...at, frame: 99 } }
  const record: TlsConnectionRecord = {
    ...{ client: CLIENT, server: SERVER, at, lastAt: at, fromStart: true, lost: false, targets: [], clear: {}, end },
    handshakes: facts.handshakes,
    spoke: facts.spoke,
  }
  const trust = { authorities: [{ pem: ROOT, source: 'bundle' as const }], revocationLists: [] }
  return runRules(traceOf({ tls: analyseTls([record], trust, new AnomalyLog()) })).filter(({ rule }) =>
    rule.startsWith('tls-'),
  )
}

/** Frames of such a recording are a millisecond old each: dates are left to other tests. */
const said = (findings: readonly Finding[]) =>
  findings.flatMap(({ rule, kind }) =>
    rule === 'tls-certificate-dates' ? [] : [kind === undefined ? rule : `${rule}:${kind}`],
  )

const only = (version: 'TLSv1.2' | 'TLSv1.3') => ({ minVersion: version, maxVersion: version })

const CASES: readonly (readonly [what: string, conversation: Conversation, open: string[], sealed: string[]])[] = [
  ['TLS 1.2 as it should be', { client: only('TLSv1.2') }, [], []],
  ['TLS 1.3 as it should be', { client: only('TLSv1.3') }, [], []],
  [
    'no cipher suite in common',
    {
      server: { ...only('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
      client: { ...only('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA' },
    },
    ['tls-handshake-failed:no-common-cipher'],
    ['tls-handshake-failed:no-common-cipher'],
  ],
  [
    'no version in common',
    { server: only('TLSv1.3'), client: only('TLSv1.2') },
    ['tls-handshake-failed:no-common-version'],
    ['tls-handshake-failed:no-common-version'],
  ],
  [
    'no group in common',
    { server: { ecdhCurve: 'secp384r1' }, client: { ...only('TLSv1.2'), ecdhCurve: 'prime256v1' } },
    ['tls-handshake-failed:no-common-group'],
    ['tls-handshake-failed:no-common-group'],
  ],
  [
    'a client that turns away behind Finished',
    { client: { ...only('TLSv1.2'), rejectUnauthorized: true, ca: [] } },
    [],
    [],
  ],
  [
    'TLS 1.2: a client without the certificate that is required',
    { server: { requestCert: true, rejectUnauthorized: true, ca: ROOT }, client: only('TLSv1.2') },
    ['tls-handshake-failed:certificate-required'],
    ['tls-handshake-failed:certificate-required'],
  ],
  [
    'another name than the one that was meant',
    { client: { ...only('TLSv1.2'), servername: 'sbc.example.com' } },
    ['tls-name-mismatch'],
    ['tls-name-mismatch'],
  ],
  [
    'the same in TLS 1.3: visible with secrets only',
    { client: { ...only('TLSv1.3'), servername: 'sbc.example.com' } },
    ['tls-name-mismatch'],
    [],
  ],
  [
    'the leaf alone',
    { server: { cert: LEAF }, client: only('TLSv1.2') },
    ['tls-chain-incomplete'],
    ['tls-chain-incomplete'],
  ],
  [
    'nobody shows who he is, in a Diffie-Hellman group that is too small',
    {
      server: {
        ...only('TLSv1.2'),
        ciphers: 'ADH-AES128-SHA256:@SECLEVEL=0',
        dhparam: 'auto',
        secureOptions: constants.SSL_OP_NO_TICKET,
      },
      client: { ...only('TLSv1.2'), ciphers: 'ADH-AES128-SHA256:@SECLEVEL=0' },
    },
    ['tls-cipher:weak', 'tls-weak-dh'],
    ['tls-cipher:weak', 'tls-weak-dh'],
  ],
]

test.each(CASES)('%s', async (_, conversation, open, sealed) => {
  const recording = await recorded(conversation)
  expect(said(judged(recording, true))).toEqual(open)
  expect(said(judged(recording))).toEqual(sealed)
})

test('every rule of TLS is in the catalogue', () => {
  expect(RULES.filter(({ text }) => text.id.startsWith('tls-'))).toHaveLength(14)
})
