import { constants } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { INTERMEDIATE, LEAF, LEAF_KEY, ROOT } from '../tls/authority-credentials.ts'
import { DH_1024, ECDSA, EXPIRED, RSA } from '../tls/credentials.ts'
import { judged, LATER, tried } from '../tls/judged-recording.ts'
import { type Conversation, record } from '../tls/recorded-connection.ts'

const CHAIN = { key: LEAF_KEY, cert: `${LEAF}${INTERMEDIATE}` }
const LONG_AGO = 600_000_000

type Version = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
const only = (version: Version) => ({ minVersion: version, maxVersion: version })
const old = (version: Version) => ({ ...only(version), ciphers: 'DEFAULT:@SECLEVEL=0' })
const [TLS_1_2, TLS_1_3] = [only('TLSv1.2'), only('TLSv1.3')]
const REQUIRED = { requestCert: true, rejectUnauthorized: true, ca: ROOT }
const ASKED = { requestCert: true, rejectUnauthorized: false, ca: ROOT }
const SELF_SIGNED = { key: ECDSA.key, cert: ECDSA.cert }
const suite = (name: string) => ({ ...TLS_1_2, ciphers: `${name}:@SECLEVEL=0` })

type Row = [what: string, conversation: Conversation, open: string[], sealed?: string[]]

const AGREED: Row[] = [
  ['TLS 1.0', { server: old('TLSv1'), client: old('TLSv1') }, ['tls-version:deprecated']],
  ['TLS 1.1', { server: old('TLSv1.1'), client: old('TLSv1.1') }, ['tls-version:deprecated']],
  ['TLS 1.2 as it should be', { client: TLS_1_2 }, []],
  ['TLS 1.3 as it should be', { client: TLS_1_3 }, []],
  [
    'nobody shows who he is, in a Diffie-Hellman group of 1024 bits',
    {
      server: { ...suite('ADH-AES128-SHA256'), dhparam: DH_1024, secureOptions: constants.SSL_OP_NO_TICKET },
      client: suite('ADH-AES128-SHA256'),
    },
    ['tls-cipher:weak', 'tls-weak-dh'],
  ],
  [
    'DHE in a group of 1024 bits',
    {
      server: { ...RSA, ...suite('DHE-RSA-AES128-GCM-SHA256'), dhparam: DH_1024 },
      client: suite('DHE-RSA-AES128-GCM-SHA256'),
    },
    ['tls-self-signed', 'tls-weak-dh'],
  ],
  [
    'a suite without encryption: NULL',
    { server: suite('ECDHE-ECDSA-NULL-SHA'), client: suite('ECDHE-ECDSA-NULL-SHA') },
    ['tls-cipher:weak'],
  ],
]

const REFUSED: Row[] = [
  [
    'TLS 1.0: no cipher suite in common',
    {
      server: { ...RSA, ...only('TLSv1'), ciphers: 'AES256-SHA:@SECLEVEL=0' },
      client: { ...only('TLSv1'), ciphers: 'AES128-SHA:@SECLEVEL=0' },
    },
    ['tls-handshake-failed:no-common-cipher'],
  ],
  [
    'TLS 1.2: no cipher suite in common',
    {
      server: { ...TLS_1_2, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
      client: { ...TLS_1_2, ciphers: 'ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA' },
    },
    ['tls-handshake-failed:no-common-cipher'],
  ],
  [
    'TLS 1.3: no cipher suite in common',
    {
      server: { ...TLS_1_3, ciphers: 'TLS_AES_256_GCM_SHA384' },
      client: { ...TLS_1_3, ciphers: 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256' },
    },
    ['tls-handshake-failed:no-common-cipher'],
  ],
  [
    'a client that is too old for the server',
    { server: TLS_1_3, client: TLS_1_2 },
    ['tls-handshake-failed:no-common-version'],
  ],
  [
    'a server that is too old for the client',
    { server: TLS_1_2, client: TLS_1_3 },
    ['tls-handshake-failed:no-common-version'],
  ],
  ['a client of TLS 1.0', { server: TLS_1_2, client: old('TLSv1') }, ['tls-handshake-failed:no-common-version']],
  [
    'TLS 1.2: no group in common',
    { server: { ecdhCurve: 'secp384r1' }, client: { ...TLS_1_2, ecdhCurve: 'prime256v1' } },
    ['tls-handshake-failed:no-common-group'],
  ],
  [
    'TLS 1.3: no group in common',
    { server: { ecdhCurve: 'secp384r1' }, client: { ...TLS_1_3, ecdhCurve: 'X25519' } },
    ['tls-handshake-failed:no-common-group'],
  ],
  // Node's client looks at certificates when its handshake is done, and leaves without a word: in TLS 1.3 before Finished.
  ['TLS 1.2: the client does not know the authority', { client: { ...TLS_1_2, rejectUnauthorized: true, ca: [] } }, []],
  [
    'TLS 1.3: the client does not know the authority',
    { client: { ...TLS_1_3, rejectUnauthorized: true, ca: [] } },
    ['tls-handshake-failed:other'],
  ],
]

const CERTIFICATES: Row[] = [
  ['TLS 1.2: an intermediate is missing', { server: { cert: LEAF }, client: TLS_1_2 }, ['tls-chain-incomplete']],
  ['TLS 1.3: an intermediate is missing', { server: { cert: LEAF }, client: TLS_1_3 }, ['tls-chain-incomplete'], []],
  ['TLS 1.2: a certificate that signed itself', { server: SELF_SIGNED, client: TLS_1_2 }, ['tls-self-signed']],
  ['TLS 1.3: a certificate that signed itself', { server: SELF_SIGNED, client: TLS_1_3 }, ['tls-self-signed'], []],
  [
    'TLS 1.2: a certificate that has expired',
    { server: EXPIRED, client: TLS_1_2 },
    ['tls-certificate-dates:expired', 'tls-self-signed'],
  ],
  [
    'TLS 1.3: a certificate that has expired',
    { server: EXPIRED, client: TLS_1_3 },
    ['tls-certificate-dates:expired', 'tls-self-signed'],
    [],
  ],
  [
    'TLS 1.2: another name than the one that was meant',
    { client: { ...TLS_1_2, servername: 'sbc.example.com' } },
    ['tls-name-mismatch'],
  ],
  [
    'TLS 1.3: another name than the one that was meant',
    { client: { ...TLS_1_3, servername: 'sbc.example.com' } },
    ['tls-name-mismatch'],
    [],
  ],
  [
    'TLS 1.2: a certificate is required, and none is given',
    { server: REQUIRED, client: TLS_1_2 },
    ['tls-handshake-failed:certificate-required'],
  ],
  [
    'TLS 1.3: a certificate is required, and none is given',
    { server: REQUIRED, client: TLS_1_3 },
    ['tls-handshake-failed:certificate-required'],
    ['tls-handshake-failed:other'],
  ],
  ['TLS 1.2: a certificate is asked for, and none is given', { server: ASKED, client: TLS_1_2 }, []],
  ['TLS 1.3: a certificate is asked for, and none is given', { server: ASKED, client: TLS_1_3 }, []],
  ['TLS 1.2: a certificate is required, and given', { server: REQUIRED, client: { ...TLS_1_2, ...CHAIN } }, []],
  ['TLS 1.3: a certificate is required, and given', { server: REQUIRED, client: { ...TLS_1_3, ...CHAIN } }, []],
]

describe.each([
  ['what Node agrees on', AGREED],
  ['handshakes of Node that fail', REFUSED],
  ['certificates of both sides', CERTIFICATES],
] as const)('%s', (_, rows) => {
  for (const [what, { server, client = {} }, open, sealed = open] of rows) {
    test(tried(what, open, sealed), async () => {
      const recorded = await record({ server: { ...CHAIN, ...server }, client })
      expect(await judged(recorded, { open: true })).toEqual(open)
      expect(await judged(recorded)).toEqual(sealed)
    })
  }
})

test.each([
  ['TLS 1.2', TLS_1_2, ['tls-certificate-dates:not-yet-valid']],
  ['TLS 1.3', TLS_1_3, []],
] as const)('%s: dates are those of the capture, where the certificate is seen', async (_, client, sealed) => {
  const recorded = await record({ server: CHAIN, client })
  expect(await judged(recorded, { epochSeconds: LATER, open: true })).toEqual([])
  const longAgo = { epochSeconds: LONG_AGO, open: true }
  expect(await judged(recorded, longAgo)).toEqual(['tls-certificate-dates:not-yet-valid'])
  expect(await judged(recorded, { epochSeconds: LONG_AGO })).toEqual(sealed)
})

test.each([
  ['none is asked for', {}, ['tls-mutual:missing']],
  ['none is given', ASKED, ['tls-mutual:missing']],
  ['one is given', REQUIRED, []],
] as const)('a policy of mutual TLS: %s', async (what, server, expected) => {
  const given = what === 'one is given' ? CHAIN : {}
  const recorded = await record({ server: { ...CHAIN, ...server }, client: { ...TLS_1_2, ...given } })
  const said = await judged(recorded, { policies: ['zero-trust'] })
  expect(said.filter((one) => one.startsWith('tls-mutual'))).toEqual(expected)
})
