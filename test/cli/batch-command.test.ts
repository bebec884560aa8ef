import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sampleCaptures } from '../../samples/expected-reports.ts'
import type { BatchArguments } from '../../src/cli/batch-command.ts'
import type { FailOn } from '../../src/report/fail-on.ts'
import { ObjectServer } from '../capture/object-server.ts'
import { folderOf, run, runHere, SAMPLES, singleReport, summaryOf } from './batch-runs.ts'

const SHARED = join(SAMPLES, '../../shared/captures')
const place = mkdtempSync(join(tmpdir(), 'srtp-scan-batch-'))
afterAll(() => rmSync(place, { recursive: true }))

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

  test('has a report for each of several URLs that are shown alike, and resumes them', async () => {
    const server = new ObjectServer()
    await server.listen()
    try {
      const octets = readFileSync(join(SAMPLES, 'call.pcap'))
      server.objects.set('/get', { octets, entityTag: '"1"' })
      const out = join(place, 'alike')
      const urls = [1, 2, 3].map((id) => server.url(`/get?id=${id}`))
      for (const _ of [1, 2]) {
        await runHere(urls, { out })
        expect(
          readdirSync(out)
            .filter((name) => name.startsWith('get'))
            .sort(),
        ).toEqual(['get.json', 'get~2.json', 'get~3.json'])
        expect(new Set(summaryOf(out).captures.flatMap(({ reports }) => reports)).size).toBe(3)
        // What was done once is not done again.
        expect(readFileSync(join(out, 'state.ndjson'), 'utf8').split('\n').filter(Boolean)).toHaveLength(3)
      }
    } finally {
      await server.close()
    }
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

  test('writes its summary as a page too where pages are asked for', async () => {
    const out = join(place, 'pages')
    await runHere([join(SAMPLES, 'call.pcap')], { out, format: ['html'] })
    expect(readdirSync(out).sort()).toEqual([
      'call.pcap.html',
      'state.ndjson',
      'summary.html',
      'summary.json',
      'summary.txt',
    ])
  })

  test('tells captures of the same name apart by their folders, and takes no report for a capture', async () => {
    const folder = folderOf(place, { '1/a.pcap': 'call.pcap', '2/a.pcap': 'leak.pcap', '2/deep/a.pcap': 'nat.pcap' })
    const out = join(folder, 'out')
    for (const _ of [1, 2]) {
      await runHere([folder], { out })
      expect(summaryOf(out).counts.captures).toBe(3)
    }
    const reports = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.pcap.json'),
    )
    expect(reports.sort()).toEqual(['1/a.pcap.json', '2/a.pcap.json', '2/deep/a.pcap.json'])
  })
})

describe('bad files', () => {
  test('stop no other: a line each in the summary, and status 2', async () => {
    const folder = folderOf(place, { 'a.pcap': 'call.pcap', 'z.pcap': 'leak.pcap' })
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
    const folder = folderOf(place, { 'cut.pcap': 'call.pcap' })
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
    ['a folder below a file', [SAMPLES], { out: join(SAMPLES, 'call.pcap/x') }, /cannot be written \(ENOTDIR\)/],
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
