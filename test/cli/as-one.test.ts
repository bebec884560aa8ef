import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import type { BatchSummary } from '../../src/batch/batch-summary.ts'
import type { Report } from '../../src/model/report.ts'
import { formatJson } from '../../src/report/json.ts'
import { scanLarge } from '../../src/scan/scan.ts'
import { cutInto, piecesOf } from '../scan/parts-of-captures.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SAMPLES = join(ROOT, 'samples')
const KEYS = join(SAMPLES, 'keys.json')
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-as-one-'))
afterAll(() => rmSync(place, { recursive: true }))

interface Outcome {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command as a user would. */
function run(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', 'src/cli/main.ts', ...args],
      { cwd: ROOT },
      (_, out, err) => resolve({ status: child.exitCode, out, err }),
    )
  })
}

/** A folder with a sample in 20 files by time. */
function rotated(sample: string): { readonly folder: string; readonly paths: readonly string[] } {
  const folder = join(place, sample)
  mkdirSync(folder)
  const paths = cutInto(piecesOf(readFileSync(join(SAMPLES, sample))), 20).map((octets, n) => {
    const path = join(folder, `ring_${String(n).padStart(5, '0')}.pcap`)
    writeFileSync(path, octets)
    return path
  })
  return { folder, paths }
}

const textOf = async (captures: readonly string[]): Promise<string> =>
  [...formatJson(await scanLarge({ captures, keyFiles: [KEYS] }))].join('')

/** A report without what tells one way to cut its trace from another: frames, and the captures that they are counted in. */
function withoutFrames(text: string): unknown {
  const { captures: _, anomalies: __, ...report } = JSON.parse(text) as Record<string, unknown>
  return JSON.parse(
    JSON.stringify(report, (name, value: unknown) => {
      if (/frame|^capture$|^at$/i.test(name) && name !== 'captureDuplicates') return undefined
      return typeof value === 'string' ? value.replace(/frames? [\d, ]+/g, 'frame') : value
    }),
  )
}

test('a set cut into 20 files: the report of its files in one pass, and that of the whole; nothing is left behind', async () => {
  for (const sample of ['mismatch.pcap', 'call.pcap']) {
    const { folder, paths } = rotated(sample)
    const out = join(place, `${sample}-out`)
    const { status, err } = await run('batch', '--as-one', folder, '--out', out, '--keys', KEYS, '--workers', '2')
    expect([status, err]).toEqual([1, ''])
    const report = readFileSync(join(out, 'as-one.json'), 'utf8')
    expect(report).toBe(await textOf(paths))
    expect(withoutFrames(report)).toEqual(withoutFrames(await textOf([join(SAMPLES, sample)])))
    expect(existsSync(join(out, '.as-one'))).toBe(false)
    const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as BatchSummary
    expect(summary.captures.map(({ path }) => path)).toEqual(['20 captures as one'])
    expect(summary.totals).toEqual((JSON.parse(report) as BatchSummary).totals)
  }
})

test('what is no capture is left out and told of; a set that has not changed is not read again', async () => {
  const { folder, paths } = rotated('leak.pcap')
  writeFileSync(join(folder, 'notes.pcap'), 'no capture')
  writeFileSync(join(folder, 'ring_empty.pcap'), '')
  const out = join(place, 'left-out')
  const first = await run('batch', '--as-one', folder, '--out', out, '--keys', KEYS)
  expect([first.status, first.err]).toEqual([2, ''])
  const { counts } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as BatchSummary
  expect(counts).toEqual({ captures: 3, reported: 1, failed: 2, left: 0 })
  const report = join(out, 'as-one.json')
  expect(readFileSync(report, 'utf8')).toBe(await textOf(paths))
  const state = readFileSync(join(out, 'state.ndjson'), 'utf8')
  expect(await run('batch', '--as-one', folder, '--out', out, '--keys', KEYS)).toEqual(first)
  expect(readFileSync(join(out, 'state.ndjson'), 'utf8')).toBe(state)
  rmSync(paths[7] as string)
  await run('batch', '--as-one', folder, '--out', out, '--keys', KEYS)
  expect(readFileSync(report, 'utf8')).toBe(await textOf(paths.filter((_, n) => n !== 7)))
  expect(readFileSync(join(out, 'state.ndjson'), 'utf8')).not.toBe(state)
})

test('a folder that cannot be written to is bad usage, and no fault of the captures', async () => {
  const { folder } = rotated('nat.pcap')
  const out = join(place, 'unwritable')
  mkdirSync(out)
  writeFileSync(join(out, '.as-one'), 'in the way')
  const { status, out: printed, err } = await run('batch', '--as-one', folder, '--out', out)
  expect([status, printed, err]).toEqual([
    2,
    '',
    `srtp-scan: ${out}/.as-one: cannot be written (EEXIST); a file has that name where a folder is wanted\n`,
  ])
})

test('the summary names the capture in which a rule shows first', async () => {
  const paths = [...rotated('one-way.pcap').paths].reverse()
  const out = join(place, 'first')
  const { out: printed } = await run('batch', '--as-one', ...paths, '--out', out, '--keys', KEYS)
  const { rules } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as BatchSummary
  const { findings } = JSON.parse(readFileSync(join(out, 'as-one.json'), 'utf8')) as Report
  for (const { rule, first } of rules) {
    const found = findings.filter((finding) => finding.rule === rule && finding.frames[0] === first.frame)
    expect(found.map(({ capture = 0 }) => paths[capture])).toContain(first.capture)
  }
  expect(rules[0].first.capture).toBe(paths[19])
  expect(printed.replace(/\s+/g, ' ')).toContain(`ring_00000.pcap frame ${rules[0].first.frame}`)
})

test('--as-one over a queue needs a key to seal what travels', async () => {
  const { status, err } = await run(
    ...['batch', '--as-one', SAMPLES, '--out', join(place, 'q'), '--queue', 'redis://127.0.0.1:1'],
  )
  expect([status, err]).toEqual([2, expect.stringMatching(/^srtp-scan: --as-one: .*--queue-key/)])
})
