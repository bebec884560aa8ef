import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesIn, ROOT, type RunOptions, run } from './marked-run.ts'
import { markedTrace } from './marked-trace.ts'
import { type Secret, seenOf } from './secrets.ts'

const folder = mkdtempSync(join(tmpdir(), 'srtp-scan-marked-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { capture, secrets, fileKeys } = markedTrace()
const call = join(folder, 'call.pcap')
const keys = join(folder, 'keys.json')
const COMPILED = join(tmpdir(), `tsx-${process.geteuid?.() ?? userInfo().username}`)
mkdirSync(COMPILED, { recursive: true })
const FORMATS = ['text', 'json', 'ndjson', 'html', 'sarif', 'junit']
const KEEP = ['--import', pathToFileURL(join(ROOT, 'test/security/keep-files.mjs')).href]
const FAULT = ['--import', pathToFileURL(join(ROOT, 'test/cli/fault-at.mjs')).href]

beforeAll(() => {
  writeFileSync(call, capture)
  writeFileSync(keys, keysJson())
})

function keysJson(): string {
  const [{ octets }] = fileKeys
  return JSON.stringify({ keys: [{ suite: 'AES_CM_128_HMAC_SHA1_80', key: Buffer.from(octets).toString('base64') }] })
}

/** A new folder for what a run writes. */
function place(): string {
  return mkdtempSync(join(folder, 'run-'))
}

/** Runs the command and looks for the secrets in all that it says and writes, what it would have removed included. */
async function lookedThrough(
  args: (out: string) => readonly string[],
  options: RunOptions = {},
  more: readonly Secret[] = [],
) {
  const out = place()
  const temporary = join(out, 'tmp')
  mkdirSync(temporary)
  // What tsx makes of the sources: the program, once for all runs.
  symlinkSync(COMPILED, join(temporary, COMPILED.slice(tmpdir().length + 1)))
  const env = { TMPDIR: temporary, DEBUG: '1', ...options.env }
  const { status, said } = await run(args(out), { ...options, env, node: [...KEEP, ...(options.node ?? [])] })
  unlinkSync(join(temporary, COMPILED.slice(tmpdir().length + 1)))
  const files = filesIn(out)
  const all = [...secrets, ...more]
  expect(seenOf(all, said)).toEqual([])
  for (const { path, octets } of files) expect(seenOf(all, octets), path).toEqual([])
  return { status, said: said.toString(), files }
}

const allFormats = (out: string) =>
  FORMATS.flatMap((format) => ['--format', format, '-o', join(out, `report.${format}`)])

describe('keys of SDP and of a keys file', () => {
  test('are found by this test where they are printed', async () => {
    const { said } = await run(['keys', call])
    const names = new Set(seenOf(secrets, said).map((seen) => seen.replace(/:.*/, '')))
    for (const name of ['caller', 'callee', 'sound-a', 'caller-anew']) expect(names).toContain(name)
  })

  test.each([
    ['one thread', ['--workers', '1']],
    ['threads', ['--workers', '2', '--slab-size', '64']],
    ['anonymised', ['--anonymize', '--workers', '1']],
  ])('a scan in every format, with all there is to say: %s', async (_, more) => {
    const { status, said, files } = await lookedThrough((out) => [
      call,
      '-k',
      keys,
      '--verbose',
      ...more,
      ...allFormats(out),
    ])
    expect(status, said).toBe(1)
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(FORMATS.map((format) => `report.${format}`)))
    const report = files.find(({ path }) => path === 'report.json')?.octets.toString() as string
    // The keys were in use: the explanations name them.
    for (const rule of ['crypto-mismatch', 'srtp-auth-failed', 'sdes-key-exposed']) expect(report).toContain(rule)
  })

  test('standard input, whose packets wait in files', async () => {
    const { status, said } = await lookedThrough(() => ['-', '-k', keys, '--verbose', '--format', 'ndjson'], {
      input: capture,
    })
    expect(status, said).toBe(1)
  })

  test.each([
    ['tls', () => ['tls', call]],
    ['rules', () => ['rules', 'crypto-mismatch']],
    [
      'decrypt',
      (out: string) => [
        'decrypt',
        call,
        '-k',
        keys,
        '--write-pcap',
        join(out, 'clear.pcapng'),
        '--write-wav',
        join(out, 'wav'),
      ],
    ],
    [
      'batch',
      (out: string) => ['batch', call, '-k', keys, '--out', join(out, 'batch'), '--format', 'html', '--format', 'json'],
    ],
    [
      'batch --as-one',
      (out: string) => ['batch', '--as-one', call, '-k', keys, '--out', join(out, 'batch'), '--workers', '2'],
    ],
  ] as const)('%s', async (_, args) => {
    const { status, said } = await lookedThrough(args)
    expect([0, 1], said).toContain(status)
  })
})

describe('crashes', () => {
  const SLABS = ['--slab-size', '64', '-k', keys, '--verbose']

  test.each([
    ['a bug in the main thread', 'readSync 3 throw', ['--workers', '1'], []],
    ['a bug where nobody waits for it', 'readSync 3 reject', ['--workers', '1'], []],
    ['a bug in a thread', 'thread 1 throw', ['--workers', '3'], []],
    ['no memory in a thread', 'thread 1 starve', ['--workers', '3'], []],
    ['no memory at all', 'readSync 3 starve', ['--workers', '1'], ['--max-old-space-size=80']],
  ] as const)('%s', async (_, fault, workers, node) => {
    await lookedThrough((out) => [call, ...SLABS, ...workers, ...allFormats(out)], {
      env: { FAULT: fault },
      node: [...FAULT, ...node],
    })
  })
})
