import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { readQueueKey } from '../../src/batch/queue/queue-key.ts'
import { explainPolicies } from '../../src/cli/policy-command.ts'
import { openAnonymizer } from '../../src/scan/anonymizing.ts'
import { type ScanOptions, scan } from '../../src/scan/scan.ts'
import { ROOT } from './marked-run.ts'
import { type Secret, seenOf } from './secrets.ts'

const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-marked-'))
afterAll(() => rmSync(folder, { recursive: true }))

const CALL = join(ROOT, 'samples/call.pcap')
const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const key = randomBytes(30)
const base64 = key.toString('base64')
const hex = key.toString('hex')
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
const { privateKey: other } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const ecPem = other.export({ type: 'pkcs8', format: 'pem' }) as string
const sealed = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }) as string
const secrets: Secret[] = [
  { name: 'key', octets: key },
  ...['d', 'p', 'q'].map((part) => ({ name: `RSA ${part}`, octets: numberOf(privateKey, part) })),
  { name: 'EC d', octets: numberOf(other, 'd') },
]

function numberOf(of: typeof privateKey, part: string): Buffer {
  return Buffer.from((of.export({ format: 'jwk' }) as Record<string, string>)[part], 'base64url')
}

/** Files with secrets in them, well-formed or not. */
const FILES: Readonly<Record<string, string>> = {
  'an entry of a wrong length': json({ suite: SUITE, key: base64.slice(0, -4) }),
  'an entry of another suite': json({ suite: 'AES_256_CM_HMAC_SHA1_80', key: hex }),
  'an entry that is no base64': json({ suite: SUITE, key: `${base64}%` }),
  'a key for a suite': json({ suite: base64, key: SUITE }),
  'hex for a suite': json({ suite: hex, key: hex }),
  'a key for a member': json({ [base64]: SUITE }),
  'hex for a member': json({ suite: SUITE, key: base64, [hex]: 1 }),
  'a key for everything': json({
    suite: SUITE,
    key: base64,
    callId: base64,
    ssrc: base64,
    src: base64,
    dst: hex,
    mki: base64,
    roc: base64,
    rcc: hex,
  }),
  'a key for an SSRC': json({ suite: SUITE, key: base64, ssrc: hex }),
  'a key for an address': json({ suite: SUITE, key: base64, src: hex }),
  'a key for an MKI': json({ suite: SUITE, key: base64, mki: base64 }),
  'a key for a rollover counter': json({ suite: SUITE, key: base64, rcc: hex }),
  'a key twice': json({ suite: SUITE, key: base64, keyBase64: base64 }),
  'the same entry twice': JSON.stringify({ keys: [1, 2].map(() => ({ suite: SUITE, key: base64 })) }),
  'a key as salt': json({ suite: SUITE, masterKey: base64, masterSalt: hex }),
  'octets as numbers': json({ suite: SUITE, key: [...key] }),
  'JSON that breaks off in a key': `{"keys":[{"suite":"${SUITE}","key":"${base64.slice(0, 30)}`,
  'JSON without quotes': `{"keys":[{"suite":"${SUITE}","key":${base64}}]}`,
  'JSON with a comma too much': `{"keys":[{"suite":"${SUITE}","key":"${base64}"},]}`,
  'a key alone': base64,
  'hex alone': hex,
  'a key in quotes': JSON.stringify(base64),
  'a line of a bad length': `ssrc=0x1 key=${hex}00 suite=${SUITE}\n`,
  'a line of unknown words': `ssrc=0x1 key=${hex} ${base64}=${hex}\n`,
  'a crypto line that is none': `a=crypto:1 ${SUITE} inline:${base64}AAAA\n`,
  'a crypto line without a suite': `a=crypto:1 inline:${base64}\n`,
  'a crypto line in JSON': json({ crypto: `a=crypto:1 ${base64} inline:${base64}` }),
  'a key log': `CLIENT_RANDOM ${'11'.repeat(32)} ${Buffer.concat([key, key.subarray(0, 18)]).toString('hex')}\n`,
  'a key log that is none': `CLIENT_RANDOM ${hex} ${hex}\n${base64}\n`,
  'a private key': pem,
  'a private key that breaks off': pem.slice(0, 500),
  'an encrypted private key': sealed,
  'a private key of another kind': ecPem,
  'two private keys': pem + ecPem,
}

function json(entry: object): string {
  return JSON.stringify({ keys: [entry] }, null, 1)
}

/** Anything is a key to --anonymize-key, and authorities may come to nothing. */
const TAKES_ALL = ['--anonymize-key', '--ca-bundle', '--crl']

const OPTIONS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  '--keys': (path) => scanned({ keyFiles: [path] }),
  '--tls-keylog': (path) => scanned({ tlsKeyLogs: [path] }),
  '--tls-key': (path) => scanned({ tlsKeys: [path] }),
  '--policy': (path) => scanned({ policies: [path] }),
  '--ca-bundle': (path) => scanned({ caBundles: [path] }),
  '--crl': (path) => scanned({ crls: [path] }),
  'a capture': (path) => scanned({ captures: [path] }),
  'rules --policy': (path) => explainPolicies([path], 80),
  '--anonymize-key': (path) => openAnonymizer(path),
  '--queue-key': (path) => readQueueKey(path),
}

async function scanned(options: Partial<ScanOptions>): Promise<unknown> {
  const report = await scan({ captures: [CALL], workers: 1, ...options })
  return JSON.stringify(report)
}

describe.each(Object.keys(OPTIONS))('given for %s', (option) => {
  test('no file with secrets is repeated, whether it is taken or refused, nor in the causes of an error', async () => {
    const refused: string[] = []
    for (const [n, [name, text]] of Object.entries(FILES).entries()) {
      const path = join(folder, `${n}.txt`)
      writeFileSync(path, text)
      const said = await OPTIONS[option](path).then(
        (report) => (typeof report === 'string' ? report : ''),
        (error: Error) => {
          refused.push(name)
          expect(error.message).not.toContain('\n')
          // With all causes, as who uses the library may log it.
          return inspect(error, { depth: 9, showHidden: true })
        },
      )
      expect(seenOf(secrets, Buffer.from(said)), name).toEqual([])
    }
    // That most are refused shows that they were read.
    expect(refused.length).toBeGreaterThan(TAKES_ALL.includes(option) ? -1 : 10)
  }, 120_000)
})
