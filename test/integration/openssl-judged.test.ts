import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { INTERMEDIATE, LEAF, LEAF_KEY, ROOT } from '../tls/authority-credentials.ts'
import { DH_1024, ECDSA, RSA } from '../tls/credentials.ts'
import { judged, LATER, tried } from '../tls/judged-recording.ts'
import { OPENSSL, type OpensslConversation, openssl } from '../tls/openssl-connection.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'srtp-scan-openssl-judged-'))
afterAll(() => rmSync(FOLDER, { recursive: true }))

function file(name: string, text: string): string {
  writeFileSync(join(FOLDER, name), text)
  return join(FOLDER, name)
}

const SERVER = { key: LEAF_KEY, chain: `${LEAF}${INTERMEDIATE}` }
const ALONE = { key: LEAF_KEY, chain: LEAF }
const RSA_SERVER = { key: RSA.key, chain: RSA.cert }
const LONG_AGO = 600_000_000
const TALK = ['hello']
const WEAK = ['-cipher', 'ALL:eNULL:@SECLEVEL=0']
const TLS_1_2 = ['-tls1_2']
const TLS_1_3 = ['-tls1_3']
const only = (suite: string) => ['-cipher', `${suite}:@SECLEVEL=0`]
/** Nobody is trusted but who is named. */
const STRICT = ['-verify_return_error', '-no-CAfile', '-no-CApath', '-no-CAstore']
/** Another clock than that of the machine. */
const at = (seconds: number) => ['-attime', `${seconds}`]
/** Each in files of its own. */
const shown = ({ key, cert }: { key: string; cert: string }) => {
  const name = createHash('sha256').update(cert).digest('hex')
  return ['-key', file(`${name}.key`, key), '-cert', file(`${name}.pem`, cert)]
}
const given = [...shown({ key: LEAF_KEY, cert: LEAF }), '-cert_chain', file('issuers.pem', INTERMEDIATE)]
const asked = ['-Verify', '2', ...STRICT, '-verifyCAfile', file('root.pem', ROOT)]
const askedAlone = ['-verify', '2', '-verifyCAfile', file('root.pem', ROOT)]

type Row = [what: string, conversation: OpensslConversation, open: string[], sealed?: string[]]

const NEGOTIATED: Row[] = [
  [
    'TLS 1.0',
    { ...SERVER, server: WEAK, client: ['-tls1', ...WEAK], lines: TALK, trusted: ROOT },
    ['tls-version:deprecated'],
  ],
  [
    'TLS 1.1',
    { ...SERVER, server: WEAK, client: ['-tls1_1', ...WEAK], lines: TALK, trusted: ROOT },
    ['tls-version:deprecated'],
  ],
  ['TLS 1.2', { ...SERVER, client: TLS_1_2, lines: TALK, trusted: ROOT }, []],
  ['TLS 1.3', { ...SERVER, client: TLS_1_3, lines: TALK, trusted: ROOT }, []],
  [
    'a suite without encryption: NULL',
    { ...SERVER, server: WEAK, client: [...TLS_1_2, ...only('ECDHE-ECDSA-NULL-SHA')], lines: TALK },
    ['tls-cipher:weak'],
  ],
  [
    'a suite without certificates, in a group of 1024 bits: DH_anon',
    {
      server: [...WEAK, '-dhparam', file('dh.pem', DH_1024)],
      client: [...TLS_1_2, ...only('ADH-AES128-SHA')],
      lines: TALK,
    },
    ['tls-cipher:weak', 'tls-weak-dh'],
  ],
  [
    'DHE in a group of 1024 bits',
    {
      ...RSA_SERVER,
      server: [...WEAK, '-dhparam', file('dh.pem', DH_1024)],
      client: [...TLS_1_2, ...only('DHE-RSA-AES128-GCM-SHA256')],
      lines: TALK,
    },
    ['tls-self-signed', 'tls-weak-dh'],
  ],
  [
    'DHE in a group of 2048 bits',
    { ...RSA_SERVER, server: WEAK, client: [...TLS_1_2, ...only('DHE-RSA-AES128-GCM-SHA256')], lines: TALK },
    ['tls-self-signed'],
  ],
]

const REFUSED: Row[] = [
  [
    'TLS 1.2: no cipher suite in common',
    {
      ...SERVER,
      server: only('ECDHE-ECDSA-AES256-GCM-SHA384'),
      client: [...TLS_1_2, ...only('AES128-SHA:AES256-SHA')],
    },
    ['tls-handshake-failed:no-common-cipher'],
  ],
  [
    'TLS 1.3: no cipher suite in common',
    {
      ...SERVER,
      server: ['-tls1_3', '-ciphersuites', 'TLS_AES_256_GCM_SHA384'],
      client: [...TLS_1_3, '-ciphersuites', 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256'],
    },
    ['tls-handshake-failed:no-common-cipher'],
  ],
  [
    'TLS 1.0: no cipher suite in common',
    { ...RSA_SERVER, server: [...WEAK, '-cipher', 'AES256-SHA:@SECLEVEL=0'], client: ['-tls1', ...only('AES128-SHA')] },
    ['tls-handshake-failed:no-common-cipher'],
  ],
  [
    'a client that is too old for the server',
    { ...SERVER, server: TLS_1_3, client: TLS_1_2 },
    ['tls-handshake-failed:no-common-version'],
  ],
  [
    'a server that is too old for the client',
    { ...SERVER, server: TLS_1_2, client: TLS_1_3 },
    ['tls-handshake-failed:no-common-version'],
  ],
  [
    'a client of TLS 1.0',
    { ...SERVER, server: TLS_1_2, client: ['-tls1', ...WEAK] },
    ['tls-handshake-failed:no-common-version'],
  ],
  [
    'TLS 1.2: no group in common',
    { ...SERVER, server: ['-groups', 'P-384'], client: [...TLS_1_2, '-groups', 'P-256'] },
    ['tls-handshake-failed:no-common-group'],
  ],
  [
    'TLS 1.3: no group in common',
    { ...SERVER, server: ['-groups', 'P-384'], client: [...TLS_1_3, '-groups', 'X25519'] },
    ['tls-handshake-failed:no-common-group'],
  ],
  [
    'TLS 1.2: the client does not know the authority',
    { ...SERVER, client: [...TLS_1_2, ...STRICT] },
    ['tls-handshake-failed:unknown-ca'],
  ],
  [
    'TLS 1.3: the client does not know the authority',
    { ...SERVER, client: [...TLS_1_3, ...STRICT] },
    ['tls-handshake-failed:unknown-ca'],
  ],
  [
    'TLS 1.2: an intermediate is missing',
    { ...ALONE, trusted: ROOT, client: [...TLS_1_2, ...STRICT] },
    ['tls-chain-incomplete', 'tls-handshake-failed:unknown-ca'],
  ],
  [
    'TLS 1.3: an intermediate is missing',
    { ...ALONE, trusted: ROOT, client: [...TLS_1_3, ...STRICT] },
    ['tls-chain-incomplete', 'tls-handshake-failed:unknown-ca'],
    ['tls-handshake-failed:unknown-ca'],
  ],
  [
    'TLS 1.2: a certificate that signed itself',
    { ...RSA_SERVER, client: [...TLS_1_2, ...STRICT] },
    ['tls-handshake-failed:unknown-ca', 'tls-self-signed'],
  ],
  [
    'TLS 1.3: a certificate that signed itself',
    { ...RSA_SERVER, client: [...TLS_1_3, ...STRICT] },
    ['tls-handshake-failed:unknown-ca', 'tls-self-signed'],
    ['tls-handshake-failed:unknown-ca'],
  ],
  [
    'TLS 1.2: another name than the one that was meant',
    {
      ...SERVER,
      trusted: ROOT,
      client: [...TLS_1_2, ...STRICT, '-servername', 'sbc.example.com', '-verify_hostname', 'sbc.example.com'],
    },
    ['tls-handshake-failed:bad-certificate', 'tls-name-mismatch'],
  ],
  [
    'TLS 1.3: another name than the one that was meant',
    {
      ...SERVER,
      trusted: ROOT,
      client: [...TLS_1_3, ...STRICT, '-servername', 'sbc.example.com', '-verify_hostname', 'sbc.example.com'],
    },
    ['tls-handshake-failed:bad-certificate', 'tls-name-mismatch'],
    ['tls-handshake-failed:bad-certificate'],
  ],
]

const CLIENTS: Row[] = [
  [
    'TLS 1.2: a certificate is required, and none is given',
    { ...SERVER, server: asked, client: TLS_1_2 },
    ['tls-handshake-failed:certificate-required'],
  ],
  [
    'TLS 1.3: a certificate is required, and none is given',
    { ...SERVER, server: asked, client: TLS_1_3 },
    ['tls-handshake-failed:certificate-required'],
    ['tls-handshake-failed:other'],
  ],
  [
    'TLS 1.2: the server does not know the authority of the client',
    { ...SERVER, server: asked, client: [...TLS_1_2, ...shown(ECDSA)] },
    ['tls-handshake-failed:unknown-ca', 'tls-self-signed'],
  ],
  [
    'TLS 1.3: the server does not know the authority of the client',
    { ...SERVER, server: asked, client: [...TLS_1_3, ...shown(ECDSA)] },
    ['tls-handshake-failed:unknown-ca', 'tls-self-signed'],
    ['tls-handshake-failed:other'],
  ],
  [
    'TLS 1.2: a certificate is required, and given',
    { ...SERVER, server: asked, client: [...TLS_1_2, ...given], lines: TALK },
    [],
  ],
  [
    'TLS 1.3: a certificate is required, and given',
    { ...SERVER, server: asked, client: [...TLS_1_3, ...given], lines: TALK },
    [],
  ],
  [
    'TLS 1.2: a certificate is asked for, and none is given',
    { ...SERVER, server: askedAlone, client: TLS_1_2, lines: TALK },
    [],
  ],
  [
    'TLS 1.3: a certificate is asked for, and none is given',
    { ...SERVER, server: askedAlone, client: TLS_1_3, lines: TALK },
    [],
  ],
]

describe.runIf(OPENSSL).each([
  ['what openssl agrees on', NEGOTIATED],
  ['handshakes of openssl that fail', REFUSED],
  ['certificates of the client', CLIENTS],
] as const)('%s', (_, rows) => {
  for (const [what, conversation, open, sealed = open] of rows) {
    test(tried(what, open, sealed), async () => {
      const recorded = await openssl(conversation)
      expect(await judged(recorded, { open: true })).toEqual(open)
      expect(await judged(recorded)).toEqual(sealed)
    })
  }
})

describe.runIf(OPENSSL)('dates are those of the capture', () => {
  const versions = [
    ['TLS 1.2', TLS_1_2],
    ['TLS 1.3', TLS_1_3],
  ] as const

  test.each(versions)('%s: not valid yet, and the client says so', async (_, version) => {
    const recorded = await openssl({ ...SERVER, trusted: ROOT, client: [...version, ...STRICT, ...at(LONG_AGO)] })
    const open = ['tls-certificate-dates:not-yet-valid', 'tls-handshake-failed:bad-certificate']
    expect(await judged(recorded, { epochSeconds: LONG_AGO, open: true })).toEqual(open)
    // The certificate is hidden in TLS 1.3; what the client says of it may be in the clear.
    expect(await judged(recorded, { epochSeconds: LONG_AGO })).toEqual(version === TLS_1_2 ? open : open.slice(1))
  })

  test.each(versions)(
    '%s: a certificate of a day, a long time after it, and the client says so',
    async (_, version) => {
      const key = join(FOLDER, 'day.key')
      const ask = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-keyout', key]
      const name = ['-subj', '/CN=trunk.example.com', '-addext', 'subjectAltName=DNS:trunk.example.com']
      const chain = execFileSync('openssl', ['req', '-x509', ...ask, ...name], { encoding: 'latin1', stdio: 'pipe' })
      // The day is that of the test: some years from it, whenever it runs.
      const later = Math.floor(Date.now() / 1000) + 100_000_000
      const client = [...version, ...STRICT, ...at(later)]
      const recorded = await openssl({ key: readFileSync(key, 'latin1'), chain, trusted: chain, client })
      expect(await judged(recorded, { epochSeconds: later, open: true })).toEqual([
        'tls-certificate-dates:expired',
        'tls-handshake-failed:bad-certificate',
        'tls-self-signed',
      ])
    },
  )

  test('a handshake that went well is judged by the time of its capture', async () => {
    const recorded = await openssl({ ...SERVER, trusted: ROOT, client: [...TLS_1_2, ...STRICT], lines: TALK })
    expect(await judged(recorded, { epochSeconds: LATER })).toEqual([])
    expect(await judged(recorded, { epochSeconds: LONG_AGO })).toEqual(['tls-certificate-dates:not-yet-valid'])
  })
})

test.runIf(!OPENSSL)('openssl is not installed: its handshakes were NOT judged', () => {
  expect(OPENSSL).toBe(false)
})
