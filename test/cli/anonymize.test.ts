import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { LiveLines } from '../../src/cli/live-lines.ts'
import type { LargeReport } from '../../src/model/report-objects.ts'
import { Anonymizer } from '../../src/report/anonymize/anonymizer.ts'
import { originalsOf, readable, survivorsIn } from '../report/anonymize/originals.ts'
import { type Outcome, runHere, SAMPLES } from './batch-runs.ts'
import { SAMPLES as REPORTS, replayed, sampleReport } from './screen/snapshots.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CALL = join(SAMPLES, 'mismatch.pcap')
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-anonymize-'))
const KEY = join(place, 'key')
writeFileSync(KEY, 'thirty-two octets that are a key')
afterAll(() => rmSync(place, { recursive: true }))

function run(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const command = ['--import', 'tsx', 'src/cli/main.ts', ...args]
    const child = execFile(process.execPath, command, { cwd: ROOT }, (_, out, err) =>
      resolve({ status: child.exitCode, out, err }),
    )
  })
}

const originals = originalsOf(JSON.parse((await run(CALL, '--format', 'json')).out))

describe('--anonymize', () => {
  test('leaves no original in what is streamed, and ends as without it', async () => {
    const { out, status, err } = await run(CALL, '--format', 'ndjson', '--anonymize')
    expect(survivorsIn(out, originals)).toEqual([])
    expect(JSON.parse(out.trim().split('\n').at(-1) as string)).toMatchObject({ type: 'totals', anonymized: true })
    expect([status, err]).toEqual([1, ''])
  })

  test('says in its first line what the text is', async () => {
    const { out } = await run(CALL, '--anonymize', '--verbose')
    expect(out.split('\n')[0]).toBe('Anonymised: numbers, names, addresses and hosts are replaced.')
    expect(survivorsIn(out, originals)).toEqual([])
  })

  test('makes another report each time, and the same one by the same key', async () => {
    const once = ['--format', 'json', '--anonymize']
    const keyed = ['--format', 'json', '--anonymize-key', KEY]
    const [a, b, c, d] = await Promise.all([
      run(CALL, ...once),
      run(CALL, ...once),
      run(CALL, ...keyed),
      run(CALL, ...keyed),
    ])
    expect(a.out).not.toBe(b.out)
    expect(c.out).toBe(d.out)
    expect(JSON.parse(c.out)).toMatchObject({ schema: 'srtp-scan/report/1', anonymized: true })
    expect(c.out).not.toContain('octets that are')
  })

  test('filters by what is there, and not by what stands for it', async () => {
    const [callId] = [...originals.words].filter((word) => word.includes('@') && !word.includes(':'))
    const { out } = await run(CALL, '--format', 'json', '--anonymize', '--call', callId)
    expect(JSON.parse(out).calls).toHaveLength(1)
    expect(survivorsIn(out, originals)).toEqual([])
  })

  test('takes no key that could be guessed, and no file that is not there', async () => {
    const short = join(place, 'short')
    writeFileSync(short, 'secret')
    const [guessed, absent, named] = await Promise.all([
      run(CALL, '--anonymize-key', short),
      run(CALL, '--anonymize-key', join(place, 'absent')),
      run(CALL, '--anonymize-key', KEY, '--output', KEY),
    ])
    expect(guessed).toMatchObject({ status: 2, out: '' })
    expect(guessed.err).toMatch(/short: 6 octets, a key has 16 at least: openssl rand -out \S+ 32 makes one\n$/)
    expect(absent).toMatchObject({ status: 2, out: '', err: expect.stringMatching(/absent: no such file\n$/) })
    expect(named).toMatchObject({ status: 2, out: '', err: expect.stringContaining('is an input') })
  })

  test('covers the table of TLS peers', async () => {
    const [text, json] = await Promise.all([
      run('tls', CALL, '--anonymize'),
      run('tls', CALL, '--format', 'json', '--anonymize'),
    ])
    expect(text.out).toMatch(/^Anonymised: /)
    expect(JSON.parse(json.out)).toMatchObject({ anonymized: true, tls: [] })
  })
})

describe('a batch with --anonymize-key', () => {
  test('leaves no original in reports, their names and the summary; a second run finds all done', async () => {
    const out = join(place, 'out')
    const captures = readdirSync(SAMPLES).filter((name) => /\.pcap(ng)?$/.test(name))
    const paths = [...captures.map((name) => join(SAMPLES, name)), join(place, 'lost-capture.pcap')]
    const options = {
      out,
      keys: [join(SAMPLES, 'keys.json')],
      format: ['json', 'text', 'sarif', 'html'],
      anonymizeKey: KEY,
    }
    const first = await runHere(paths, options)
    const files = readdirSync(out).filter((name) => name !== 'state.ndjson')
    const names = captures.map((name) => name.replace(/\..*$/, ''))
    expect(files).toHaveLength(4 * captures.length + 3)
    expect(files.filter((file) => names.includes(file.replace(/\..*$/, '')))).toEqual([])
    for (const file of files) {
      const text = readable(readFileSync(join(out, file), 'utf8'))
      expect([file, ...survivorsIn(text, originals)]).toEqual([file])
      expect(text).not.toMatch(/lost-capture|samples\/|srtp-scan-anonymize/)
    }
    expect(first.out).toMatch(/^Anonymised: /)
    expect(first.out).not.toContain('lost-capture')
    const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'))
    expect(summary.anonymized).toBe(true)
    expect(summary.captures.map(({ path }: { path: string }) => files.includes(`${path}.json`))).not.toContain(false)
    const again = await runHere(paths, options)
    expect(again.out).toBe(first.out)
  })

  test('is asked for where the key is missing', async () => {
    const failed = runHere([CALL], { out: join(place, 'none'), anonymize: true })
    await expect(failed).rejects.toThrow(
      'batch --anonymize: one key is wanted for all reports: openssl rand -out KEYFILE 32',
    )
  })
})

describe('a live scan with --anonymize', () => {
  test('tells of nobody, early findings among it', () => {
    const reports = REPORTS.map(sampleReport)
    const written: string[] = []
    const lines = new LiveLines((line) => void written.push(line), {
      shown: new Anonymizer(readFileSync(KEY)).reportObject,
    })
    const snapshots = replayed(reports)
    for (const snapshot of snapshots) lines.show(snapshot)
    lines.finish(snapshots.at(-1)?.report as LargeReport)
    expect(written.map((line) => JSON.parse(line).type)).toContain('early-finding')
    const seen = originalsOf(
      JSON.parse(JSON.stringify(reports.map(({ calls, streams }) => [[...calls], [...streams]]))),
    )
    expect(survivorsIn(written.join(''), seen)).toEqual([])
  })
})
