import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { ReportedCapture } from '../../src/batch/job-outcome.ts'
import { runJob } from '../../src/batch/run-job.ts'
import { formatJson } from '../../src/report/json.ts'
import { scanLarge } from '../../src/scan/scan.ts'
import { jobOf, MemoryStore, SAMPLES } from './jobs.ts'

const incident = `${SAMPLES}incident.pcapng`

describe('a job', () => {
  test('writes the report of a single scan, in every format that is asked for', async () => {
    const store = new MemoryStore()
    const job = await jobOf(incident, 'incident', ['json', 'text', 'ndjson'])
    const outcome = (await runJob(job, { store })) as ReportedCapture
    const single = await scanLarge({ captures: [incident], keyFiles: [`${SAMPLES}keys.json`] })
    expect(store.reports.get('incident.json')).toBe([...formatJson(single)].join(''))
    expect([...store.reports.keys()]).toEqual(['incident.json', 'incident.text', 'incident.ndjson'])
    expect(outcome.reports.map(({ bytes }) => bytes)).toEqual(
      [...store.reports.values()].map((text) => Buffer.byteLength(text)),
    )
    expect(outcome.summary.totals).toEqual(single.totals)
  })

  test('may be done twice, from its JSON: the same outcome but for its time', async () => {
    const job = JSON.parse(JSON.stringify(await jobOf(incident, 'incident')))
    const [a, b] = [new MemoryStore(), new MemoryStore()]
    const outcomes = await Promise.all([runJob(job, { store: a, workers: 1 }), runJob(job, { store: b, workers: 2 })])
    const [one, other] = outcomes.map((outcome) => ({ ...outcome, seconds: 0 }))
    expect(JSON.parse(JSON.stringify(one))).toEqual(other)
    expect(a.reports).toEqual(b.reports)
  })

  test('gives its capture and its files their names wherever they lie', async () => {
    const [here, there] = [new MemoryStore(), new MemoryStore()]
    const job = await jobOf(incident, 'incident', ['json'])
    const keys = await readFile(`${SAMPLES}keys.json`)
    await runJob(job, { store: here })
    const elsewhere = { ...job, capture: '/captures/i.pcapng', options: { keyFiles: ['/keys'] } }
    const asked: string[] = []
    await runJob(elsewhere, {
      store: there,
      placeOf: (place) => (place === '/captures/i.pcapng' ? incident : place),
      readFile: async (path) => {
        asked.push(path)
        return keys
      },
    })
    expect(asked).toEqual(['/keys'])
    const expected = here.reports.get('incident.json')?.replaceAll(JSON.stringify(incident), '"/captures/i.pcapng"')
    expect(there.reports.get('incident.json')).toBe(expected)
    const placeOf = () => '/mnt/none.pcap'
    expect(await runJob(elsewhere, { store: there, placeOf, readFile: async () => keys })).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/^\/captures\/i\.pcapng: no such file/),
    })
  })

  test('sums up by rule, peer and hour', async () => {
    const { summary } = (await runJob(await jobOf(incident, 'i'), { store: new MemoryStore() })) as ReportedCapture
    const { rules, peers, hours, totals } = summary
    const total = rules.reduce((sum, { count }) => sum + count, 0)
    expect(total).toBe(totals.findings.error + totals.findings.warning + totals.findings.info)
    expect(peers[0]).toMatchObject({ address: '198.51.100.20', calls: totals.calls })
    expect(hours).toEqual([{ hour: '2026-01-15T09', calls: totals.calls, ...totals.findings }])
  })

  test.each([
    ['that is no capture', `${SAMPLES}keys.json`, 'SRTP_SCAN_NO_CAPTURE'],
    ['that is not there', `${SAMPLES}none.pcap`, 'SRTP_SCAN_CAPTURE_NOT_FOUND'],
    ['that is a directory', SAMPLES, 'SRTP_SCAN_CAPTURE_UNREADABLE'],
    ['that is a device', '/dev/null', 'SRTP_SCAN_CAPTURE_UNREADABLE'],
  ])('over a file %s fails with a line and writes nothing', async (_, capture, code) => {
    const store = new MemoryStore()
    const outcome = await runJob(await jobOf(capture, 'x'), { store })
    expect(outcome).toMatchObject({ status: 'failed', capture, code })
    expect((outcome as { error: string }).error).toMatch(/^[^\n]+$/)
    expect(store.reports.size).toBe(0)
  })

  test('does not blame the capture for options that cannot be used', async () => {
    const job = await jobOf(incident, 'x')
    const broken = { ...job, options: { keyFiles: [`${SAMPLES}none.json`] } }
    await expect(runJob(broken, { store: new MemoryStore() })).rejects.toThrow('none.json: no such file')
  })
})
