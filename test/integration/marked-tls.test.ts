import { createPrivateKey } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { filesIn, ROOT, run } from '../security/marked-run.ts'
import { type Secret, seenOf } from '../security/secrets.ts'

const captures = join(ROOT, '../shared/captures')
const present = existsSync(captures)
const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-marked-'))
afterAll(() => rmSync(folder, { recursive: true }))

const FORMATS = ['text', 'json', 'ndjson', 'html', 'sarif', 'junit']
const NAMES = ['tls12-rsa', 'tls13', 'dtls-srtp']

interface Material {
  readonly path: string
  readonly options: readonly string[]
  readonly secrets: readonly Secret[]
}

/** A capture with its key log, its private key and the keys that the media is under. */
function materialOf(name: string): Material {
  const path = (ending: string) => join(captures, `${name}${ending}`)
  const capture = readdirSync(captures).find((one) => /\.pcap(ng)?$/.test(one) && one.startsWith(`${name}.`)) as string
  const secrets: Secret[] = []
  const options: string[] = []
  if (existsSync(path('.keylog.txt'))) {
    options.push('--tls-keylog', path('.keylog.txt'))
    for (const [, label, secret] of readFileSync(path('.keylog.txt'), 'utf8').matchAll(
      /^(\w+) \w+ ([0-9a-f]+)\s*$/gim,
    )) {
      secrets.push({ name: label, octets: Buffer.from(secret, 'hex') })
    }
  }
  if (existsSync(path('.server.key.pem'))) {
    options.push('--tls-key', path('.server.key.pem'))
    const jwk = createPrivateKey(readFileSync(path('.server.key.pem'))).export({ format: 'jwk' })
    for (const part of ['d', 'p', 'q'] as const) {
      if (jwk[part] !== undefined) secrets.push({ name: part, octets: Buffer.from(jwk[part], 'base64url') })
    }
  }
  const { keys } = JSON.parse(readFileSync(path('.keys.json'), 'utf8')) as { keys: { key: string; callId?: string }[] }
  for (const { key } of keys) secrets.push({ name: 'master key', octets: Buffer.from(key, 'base64') })
  return { path: join(captures, capture), options, secrets }
}

test(`secrets of TLS: ${present ? 'real captures are here' : 'real captures are absent, and this was NOT tried'}`, () => {
  expect(NAMES.every((name) => existsSync(join(captures, `${name}.keys.json`)))).toBe(present)
})

describe.runIf(present).each(NAMES)('%s: secrets of a key log, of a private key and of media', (name) => {
  const { path, options, secrets } = present ? materialOf(name) : { path: '', options: [], secrets: [] }
  const rsaOnly = options.filter((_, n) => name !== 'dtls-srtp' || n < 2)

  test('are found by this test where they are printed', async () => {
    const { said } = await run(['keys', path, ...rsaOnly])
    expect(seenOf(secrets, said).some((seen) => seen.startsWith('master key'))).toBe(true)
  })

  test.each<[string, (out: string) => string[]]>([
    [
      'a scan',
      (out) => [path, ...FORMATS.flatMap((format) => ['--format', format, '-o', join(out, format)]), '--verbose'],
    ],
    ['tls', (out) => ['tls', path, '--format', 'text', '--format', 'json', '-o', '-', '-o', join(out, 'tls.json')]],
    ['decrypt', (out) => ['decrypt', path, '--write-pcap', join(out, 'clear.pcapng'), '--write-wav', out]],
  ])('are nowhere else: %s', async (_, args) => {
    const out = mkdtempSync(join(folder, 'run-'))
    const { status, said } = await run([...args(out), ...rsaOnly], { env: { DEBUG: '1' } })
    expect([0, 1], said.toString()).toContain(status)
    expect(seenOf(secrets, said)).toEqual([])
    for (const { path: file, octets } of filesIn(out)) expect(seenOf(secrets, octets), file).toEqual([])
  })
})
