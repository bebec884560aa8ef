import { execFile } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { sampleCaptures } from '../../samples/expected-reports.ts'
import type { BatchSummary } from '../../src/batch/batch-summary.ts'
import { EmbeddedRunner } from '../../src/batch/embedded-runner.ts'
import { type BatchArguments, runBatch } from '../../src/cli/batch-command.ts'
import type { FailOn } from '../../src/cli/options.ts'
import { formatJson } from '../../src/report/json.ts'
import { scanLarge } from '../../src/scan/scan.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SAMPLES = join(ROOT, 'samples')
const SHARED = join(ROOT, '../shared/captures')
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-batch-'))
afterAll(() => rmSync(place, { recursive: true }))

const schema = JSON.parse(readFileSync(join(ROOT, 'schemas/batch-summary.schema.json'), 'utf8')) as object
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema)

interface Outcome {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command as a user would. */
function run(args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const command = ['--import', 'tsx', 'src/cli/main.ts', ...args]
    const child = execFile(process.execPath, command, { cwd: ROOT, maxBuffer: 2 ** 28 }, (_, out, err) =>
      resolve({ status: child.exitCode, out, err }),
    )
  })
}

/** The same in this process, one capture after the other: a process takes longer to start than these take to scan. */
async function runHere(captures: readonly string[], options: Partial<BatchArguments>): Promise<Outcome> {
  const written: string[] = []
  const output = vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest) => {
    written.push(Buffer.from(text as Uint8Array).toString())
    ;(rest.at(-1) as () => void)()
    return true
  })
  try {
    const status = await runBatch({ ...NO_OPTIONS, captures, ...options }, (store) => new EmbeddedRunner({ store }))
    return { status, out: written.join(''), err: '' }
  } finally {
    output.mockRestore()
  }
}

const NO_OPTIONS: BatchArguments = {
  captures: [],
  read: [],
  keys: [],
  tlsKeylog: [],
  tlsKey: [],
  caBundle: [],
  crl: [],
  policy: [],
  format: [],
  output: [],
  ignore: [],
  only: [],
  failOn: 'error',
  quiet: false,
  verbose: false,
}

/** A folder with captures of the samples: paths within it, and what each is a copy of. */
function folderOf(captures: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(place, 'captures-'))
  for (const [path, sample] of Object.entries(captures)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    copyFileSync(join(SAMPLES, sample), join(folder, path))
  }
  return folder
}

function summaryOf(folder: string): BatchSummary {
  const summary = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as BatchSummary
  validate(summary)
  expect(validate.errors).toBeNull()
  return summary
}

/** When each report was written: a report that is left alone keeps its inode and time. */
function writtenAt(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.pcap.json'))
  return Object.fromEntries(
    names.map((name) => {
      const { ino, mtimeMs } = statSync(join(folder, name))
      return [name, `${ino} ${mtimeMs}`]
    }),
  )
}

async function singleReport(capture: string, keyFiles: readonly string[] = []): Promise<string> {
  return [...formatJson(await scanLarge({ captures: [capture], keyFiles }))].join('')
}

describe('srtp-scan batch', () => {
  test.each([1, 3])('writes the reports of single scans, octet for octet, with %i workers', async (workers) => {
    const out = join(place, `samples-${workers}`)
    const keys = join(SAMPLES, 'keys.json')
    const { status, err } = await run(['batch', SAMPLES, '--out', out, '--workers', `${workers}`, '--keys', keys])
    expect([status, err]).toEqual([1, ''])
    const captures = sampleCaptures()
    for (const name of captures) {
      expect(readFileSync(join(out, `${name}.json`), 'utf8')).toBe(await singleReport(join(SAMPLES, name), [keys]))
    }
    expect(summaryOf(out).counts).toEqual({ captures: captures.length, reported: captures.length, failed: 0, left: 0 })
  })

  test('prints the summary within 80 columns, and keeps it as text', async () => {
    const out = join(place, 'printed')
    const { out: printed } = await runHere([SAMPLES], { out })
    expect(printed).toBe(readFileSync(join(out, 'summary.txt'), 'utf8'))
    expect(printed.split('\n').filter((line) => line.length > 80 && !line.includes(place))).toEqual([])
    expect(printed).toContain('Captures, worst first')
    expect(printed).not.toContain('\u001b')
  })

  test('writes every format that is asked for', async () => {
    const out = join(place, 'formats')
    await runHere([join(SAMPLES, 'call.pcap')], { out, format: ['text', 'ndjson'] })
    expect(readdirSync(out).sort()).toEqual([
      'call.pcap.ndjson',
      'call.pcap.txt',
      'state.ndjson',
      'summary.json',
      'summary.txt',
    ])
    expect(readFileSync(join(out, 'call.pcap.txt'), 'utf8')).toBe((await run([join(SAMPLES, 'call.pcap')])).out)
  })

  test('tells captures of the same name apart by their folders, and takes no report for a capture', async () => {
    const folder = folderOf({ '1/a.pcap': 'call.pcap', '2/a.pcap': 'leak.pcap', '2/deep/a.pcap': 'nat.pcap' })
    const out = join(folder, 'out')
    for (const _ of [1, 2]) {
      await runHere([folder], { out })
      expect(summaryOf(out).counts.captures).toBe(3)
    }
    expect(Object.keys(writtenAt(out)).sort()).toEqual(['1/a.pcap.json', '2/a.pcap.json', '2/deep/a.pcap.json'])
  })
})

describe('bad files', () => {
  test('stop no other: a line each in the summary, and status 2', async () => {
    const folder = folderOf({ 'a.pcap': 'call.pcap', 'z.pcap': 'leak.pcap' })
    writeFileSync(join(folder, 'empty.pcap'), '')
    writeFileSync(join(folder, 'other.pcap'), 'this is no capture')
    const out = join(folder, 'out')
    const none = join(folder, 'none.pcap')
    const { status, out: printed } = await runHere([folder, none], { out, failOn: 'never' })
    expect(status).toBe(2)
    const { counts, failed, captures } = summaryOf(out)
    expect(counts).toEqual({ captures: 5, reported: 2, failed: 3, left: 0 })
    expect(failed.map(({ capture, code }) => [capture, code])).toEqual([
      [join(folder, 'empty.pcap'), 'SRTP_SCAN_CAPTURE_EMPTY'],
      [none, 'SRTP_SCAN_CAPTURE_NOT_FOUND'],
      [join(folder, 'other.pcap'), 'SRTP_SCAN_NO_CAPTURE'],
    ])
    expect(captures).toHaveLength(2)
    expect(printed.replaceAll(/\s+/g, ' ')).toContain('empty.pcap: no capture: it is empty')
  })

  test('that are cut are reported as far as they go', async () => {
    const folder = folderOf({ 'cut.pcap': 'call.pcap' })
    const capture = join(folder, 'cut.pcap')
    writeFileSync(capture, readFileSync(capture).subarray(0, 50_001))
    const { status, out: printed } = await runHere([folder], { out: join(folder, 'out'), failOn: 'never' })
    expect(status).toBe(0)
    expect(printed).toContain('damaged: ')
  })
})

describe('the exit status', () => {
  test.each<[FailOn, number]>([
    ['error', 1],
    ['never', 0],
  ])('with --fail-on %s goes by the findings over all', async (failOn, expected) => {
    const out = join(place, `status-${failOn}`)
    const { status } = await runHere([join(SAMPLES, 'call.pcap')], { out, failOn })
    expect(status).toBe(expected)
  })
})

describe('a second run', () => {
  const captures = { 'a.pcap': 'call.pcap', 'b.pcap': 'leak.pcap', 'c.pcap': 'nat.pcap' }

  test('does again what changed and nothing else, and says the same', async () => {
    const folder = folderOf(captures)
    const out = join(folder, 'out')
    const again = () => runHere([folder], { out })
    const first = await again()
    const before = writtenAt(out)
    expect(await again()).toEqual(first)
    expect(writtenAt(out)).toEqual(before)

    copyFileSync(join(SAMPLES, 'one-way.pcap'), join(folder, 'a.pcap'))
    utimesSync(join(folder, 'b.pcap'), 1, 1)
    writeFileSync(join(out, 'c.pcap.json'), '')
    copyFileSync(join(SAMPLES, 'nat.pcap'), join(folder, 'd.pcap'))
    await again()
    const after = writtenAt(out)
    expect(Object.keys(before).filter((name) => after[name] === before[name])).toEqual([])
    expect(Object.keys(after)).toContain('d.pcap.json')
    const fresh = join(folder, 'fresh')
    await runHere(
      'abcd'.split('').map((name) => join(folder, `${name}.pcap`)),
      { out: fresh },
    )
    expect(summaryOf(out)).toEqual(summaryOf(fresh))
  })

  test('does all again where the options changed, a key in a key file too', async () => {
    const folder = folderOf(captures)
    const [out, keys] = [join(folder, 'out'), join(folder, 'my.json')]
    copyFileSync(join(SAMPLES, 'keys.json'), keys)
    const changes: (() => Partial<BatchArguments>)[] = [
      () => ({}),
      () => ({ keys: [keys] }),
      () => {
        writeFileSync(keys, readFileSync(keys, 'utf8').replace('"keys"', ' "keys"'))
        return { keys: [keys] }
      },
      () => ({ policy: ['zero-trust'] }),
      () => ({ policy: ['zero-trust'], ignore: ['sip-cleartext'] }),
    ]
    let before: Record<string, string> = {}
    for (const change of changes) {
      await runHere([folder], { out, ...change() })
      const after = writtenAt(out)
      expect(Object.keys(after)).toHaveLength(3)
      expect(Object.keys(after).filter((name) => after[name] === before[name])).toEqual([])
      before = after
    }
  })

  test('goes on behind a line of the state that a crash cut', async () => {
    const folder = folderOf(captures)
    const out = join(folder, 'out')
    await runHere([folder], { out })
    const before = writtenAt(out)
    const state = join(out, 'state.ndjson')
    const lines = readFileSync(state, 'utf8').split('\n').filter(Boolean)
    writeFileSync(state, `${lines[0]}\n${lines[1].slice(0, 200)}`)
    await runHere([folder], { out })
    const after = writtenAt(out)
    expect(Object.keys(before).filter((name) => after[name] === before[name])).toHaveLength(1)
    await runHere([folder], { out })
    expect(writtenAt(out)).toEqual(after)
  })
})

describe('bad usage: a line that says what would be right, and nothing is written', () => {
  const out = join(place, 'unused')
  test.each<[string, string[], Partial<BatchArguments>, RegExp]>([
    ['no capture', [], { out }, /batch: no capture is named/],
    ['no folder', [SAMPLES], {}, /no folder for the reports is named; --out/],
    ['standard input', ['-'], { out }, /- is one capture/],
    ['--output', [SAMPLES], { out, output: ['x'] }, /batch names its reports itself/],
    ['a format that is none', [SAMPLES], { out, format: ['x'] }, /no such format/],
    ['a key file that is not there', [SAMPLES], { out, keys: [join(place, 'none')] }, /none: no such file/],
    ['a network that is none', [SAMPLES], { out, ip: 'x' }, /--ip x: no address or network/],
    ['a folder that is a file', [SAMPLES], { out: join(SAMPLES, 'call.pcap') }, /call\.pcap: cannot be written/],
    [
      'captures of which there are none',
      [join(place, 'none*')],
      { out: join(place, 'for-none') },
      /no capture matches/,
    ],
  ])('%s', async (_, captures, options, message) => {
    await expect(runHere(captures, options)).rejects.toThrow(message)
    expect(existsSync(out)).toBe(false)
  })

  test('ends with status 2', async () => {
    const { status, out, err } = await run(['batch', SAMPLES])
    expect([status, out, err]).toEqual([2, '', expect.stringMatching(/^srtp-scan: batch: no folder [^\n]+\n$/)])
  })

  test.skipIf(process.getuid?.() === 0)('a folder that cannot be written', async () => {
    const locked = mkdtempSync(join(place, 'locked-'))
    chmodSync(locked, 0o500)
    await expect(runHere([SAMPLES], { out: locked })).rejects.toThrow('cannot be written (EACCES)')
  })
})

describe.runIf(existsSync(SHARED))('over real captures', () => {
  test('the reports are those of single scans', async () => {
    const out = join(place, 'shared')
    await runHere([SHARED], { out })
    const { captures, counts } = summaryOf(out)
    expect(counts.reported).toBeGreaterThan(50)
    for (const { path, reports } of captures) {
      expect(readFileSync(join(out, reports[0]), 'utf8') === (await singleReport(path)), path).toBe(true)
    }
  })
})
