import { createServer } from 'node:net'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { parseListenAddress } from '../../src/live/listen-address.ts'
import { type MetricsEndpoint, openMetrics } from '../../src/live/metrics.ts'
import type { Snapshot } from '../../src/live/snapshot.ts'
import type { Finding, Report, Stream } from '../../src/model/report.ts'
import { scan } from '../../src/scan/scan.ts'
import { UsageError } from '../../src/scan/usage-error.ts'
import { CALL, FINDING, STREAM, WHOLE_REPORT } from '../report/sample-report.ts'
import { type Family, parsePrometheusText } from './prometheus-text.ts'

const ANY_PORT = { host: '127.0.0.1', port: 0 }

const open: MetricsEndpoint[] = []
afterEach(async () => {
  for (const metrics of open.splice(0)) await metrics.close()
})

async function opened(): Promise<MetricsEndpoint> {
  const metrics = await openMetrics(ANY_PORT)
  open.push(metrics)
  return metrics
}

type Families = ReadonlyMap<string, Family>

async function scrape(metrics: MetricsEndpoint): Promise<{ text: string; families: Families }> {
  const response = await fetch(`http://${metrics.at}/metrics`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await response.text()
  return { text, families: parsePrometheusText(text) }
}

/** The value of the series with these labels; the sum over all where none are given. */
function value(families: Families, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const samples = families
    .get(`srtp_scan_${name}`)
    ?.samples.filter((sample) => Object.entries(labels).every(([label, text]) => sample.labels[label] === text))
  return samples?.reduce((sum, sample) => sum + sample.value, 0)
}

function snapshot(report: Report, changes: Partial<Snapshot> = {}): Snapshot {
  return {
    atUs: Date.now() * 1e3,
    report,
    ended: [],
    source: { received: report.totals.frames, dropped: 0 },
    queues: { signallingBytes: 0, deferredBytes: 0 },
    ...changes,
  }
}

test('the whole run is in the counters and gauges, before a call is released, as it is, and after', async () => {
  const report = await scan({ captures: ['samples/incident.pcapng'] })
  const [call] = report.calls
  const belongs = ({ callId }: { callId?: string | undefined }) => callId === call.callId
  const ended = { call, streams: report.streams.filter(belongs), findings: report.findings.filter(belongs) }
  const rest: Report = {
    ...report,
    calls: report.calls.slice(1),
    streams: report.streams.filter((stream) => !belongs(stream)),
    findings: report.findings.filter((finding) => !belongs(finding)),
  }
  expect(ended.streams.length * ended.findings.length).toBeGreaterThan(0)
  const metrics = await opened()
  for (const shown of [snapshot(report), snapshot(report, { ended: [ended] }), snapshot(rest), snapshot(rest)]) {
    metrics.update(shown)
    const { families } = await scrape(metrics)
    const { totals } = report
    expect(value(families, 'packets_total')).toBe(totals.frames)
    expect(value(families, 'sip_messages_total')).toBe(totals.sipMessages)
    expect(value(families, 'calls_total')).toBe(totals.calls)
    expect(value(families, 'streams_total')).toBe(totals.streams)
    expect(value(families, 'rtp_packets_total')).toBe(totals.rtp)
    const both = (name: string) => (value(families, `${name}_total`) ?? 0) + (value(families, `current_${name}`) ?? 0)
    expect(both('verified_packets')).toBe(totals.verified)
    expect(both('failed_packets')).toBe(totals.failed)
    expect(both('unverified_packets')).toBe(totals.unverified)
    expect(both('plain_packets')).toBe(totals.plain)
    expect(both('findings')).toBe(report.findings.length)
    expect((value(families, 'ended_calls_total') ?? 0) + (value(families, 'current_calls') ?? 0)).toBe(totals.calls)
    const isReleased = shown.ended.length > 0 || shown.report === rest
    expect(value(families, 'ended_calls_total', { state: call.state })).toBe(isReleased ? 1 : 0)
    for (const { rule, severity } of report.findings) {
      const labels = { rule, severity }
      const alike = report.findings.filter((finding) => finding.rule === rule && finding.severity === severity)
      expect(
        value(families, 'findings_total', labels)! + value(families, 'current_findings', labels)!,
        `${rule} ${severity}`,
      ).toBe(alike.length)
    }
  }
})

test('a failure is counted by what explains it, and no label names a call, a party, an address or a key', async () => {
  const report = await scan({ captures: ['samples/mismatch.pcap'] })
  const metrics = await opened()
  metrics.update(snapshot(report))
  const { text, families } = await scrape(metrics)
  expect(value(families, 'current_failed_packets', { reason: 'wire-other-key' })).toBe(report.totals.failed)
  for (const { callId, from, to } of report.calls) {
    for (const secret of [callId, from, to]) expect(text).not.toContain(secret)
  }
  for (const { src, dst, ssrc, keyFingerprint } of report.streams) {
    for (const secret of [src, dst, src.split(':')[0], ssrc]) expect(text).not.toContain(secret)
    if (keyFingerprint !== undefined) expect(text).not.toContain(keyFingerprint)
  }
  const ours = [...families].filter(([name]) => name.startsWith('srtp_scan_'))
  const labels = new Set(ours.flatMap(([, { samples }]) => samples.flatMap((sample) => Object.keys(sample.labels))))
  expect([...labels].sort()).toEqual(['queue', 'reason', 'rule', 'severity', 'state', 'version'])
  expect(families.get('process_cpu_seconds_total')?.type).toBe('counter')
})

test('what the source cannot tell is absent, and said to be unknown', async () => {
  const metrics = await opened()
  metrics.update(snapshot(WHOLE_REPORT, { source: {} }))
  const unknown = (await scrape(metrics)).families
  expect(value(unknown, 'source_drops_known')).toBe(0)
  expect(unknown.has('srtp_scan_source_dropped_packets_total')).toBe(false)
  expect(unknown.has('srtp_scan_source_received_packets_total')).toBe(false)
  metrics.update(snapshot(WHOLE_REPORT, { source: { received: 900, dropped: 3 } }))
  const known = (await scrape(metrics)).families
  expect(value(known, 'source_drops_known')).toBe(1)
  expect(value(known, 'source_dropped_packets_total')).toBe(3)
  expect(value(known, 'source_received_packets_total')).toBe(900)
})

test('what a listener refused is counted by why, and streams of no call when they are let go', async () => {
  const metrics = await opened()
  const { callId: _, ...stream } = STREAM
  const { callId: __, ...finding } = FINDING
  const report = { ...WHOLE_REPORT, calls: [], streams: [stream], findings: [finding] }
  const refused = new Map([['HEP: no payload', 2]])
  metrics.update(snapshot(report, { source: { refused } }))
  refused.set('HEP: no payload', 5)
  metrics.update(snapshot(report, { source: { refused }, strays: { streams: [stream], findings: [finding] } }))
  const { families } = await scrape(metrics)
  expect(value(families, 'source_refused_packets_total', { reason: 'HEP: no payload' })).toBe(5)
  expect(value(families, 'verified_packets_total')).toBe(STREAM.verified)
  expect(value(families, 'current_verified_packets')).toBe(0)
  expect(value(families, 'findings_total', { rule: FINDING.rule, severity: FINDING.severity })).toBe(1)
  expect(value(families, 'current_streams')).toBe(0)
})

test('queues and the lag of the capture are gauges; there is no lag before the first packet', async () => {
  const metrics = await opened()
  metrics.update(snapshot(WHOLE_REPORT, { atUs: 0, queues: { signallingBytes: 7, deferredBytes: 4096 } }))
  const before = (await scrape(metrics)).families
  expect(value(before, 'queue_bytes', { queue: 'signalling' })).toBe(7)
  expect(value(before, 'queue_bytes', { queue: 'deferred' })).toBe(4096)
  expect(value(before, 'trace_timestamp_seconds')).toBe(0)
  const atUs = (Date.now() - 5000) * 1e3
  metrics.update(snapshot(WHOLE_REPORT, { atUs }))
  const after = (await scrape(metrics)).families
  expect(value(after, 'trace_timestamp_seconds')).toBe(atUs / 1e6)
  expect(value(after, 'capture_lag_seconds')).toBeGreaterThanOrEqual(5)
})

const counts = fc.record({ verified: fc.nat(9), failed: fc.nat(9), unverified: fc.nat(9), plain: fc.nat(9) })
const judgedStream = fc
  .tuple(counts, fc.constantFrom('wire-other-key', 'wire-mki'))
  .map(([judged, kind]): Stream => ({ ...STREAM, ...judged, explanation: { kind, text: '' } }))
const finding = fc
  .tuple(fc.constantFrom('srtp-roc', 'one-way-media'), fc.constantFrom('error', 'warning', 'info'))
  .map(([rule, severity]): Finding => ({ ...FINDING, rule, severity }) as Finding)
/** A look at one call: it may be released in it, and the next look may have judged everything otherwise. */
const look = fc.record({
  streams: fc.array(judgedStream, { maxLength: 4 }),
  findings: fc.array(finding, { maxLength: 4 }),
  isReleased: fc.boolean(),
  frames: fc.nat(1000),
})

test('whatever the next look finds or withdraws, no counter goes down', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(look, { maxLength: 6 }), async (looks) => {
      const metrics = await openMetrics(ANY_PORT)
      let before: Families = new Map()
      for (const { streams, findings, isReleased, frames } of looks) {
        const base = WHOLE_REPORT
        const report = { ...base, calls: [CALL], streams, findings, totals: { ...base.totals, frames } }
        metrics.update(snapshot(report, { ended: isReleased ? [{ call: CALL, streams, findings }] : [] }))
        const { families } = await scrape(metrics)
        for (const [name, { type, samples }] of before) {
          if (type !== 'counter' || !name.startsWith('srtp_scan_')) continue
          for (const { labels, value: last } of samples) {
            expect(value(families, name.slice('srtp_scan_'.length), labels), name).toBeGreaterThanOrEqual(last)
          }
        }
        before = families
      }
      await metrics.close()
    }),
    { numRuns: 10 },
  )
})

test('only GET /metrics is answered', async () => {
  const { at } = await opened()
  expect((await fetch(`http://${at}/`)).status).toBe(404)
  expect((await fetch(`http://${at}/metrics`, { method: 'POST' })).status).toBe(405)
  const head = await fetch(`http://${at}/metrics`, { method: 'HEAD' })
  expect(head.status).toBe(200)
  expect(await head.text()).toBe('')
  expect((await fetch(`http://${at}/metrics?format=text`)).status).toBe(200)
})

test('a port in use is one line that says so', async () => {
  const { at } = await opened()
  const port = Number(at.split(':')[1])
  await expect(openMetrics({ host: '127.0.0.1', port })).rejects.toThrow(
    new UsageError(`--metrics ${at}: the port is in use; choose another, or end who has it`),
  )
  await expect(openMetrics({ host: '192.0.2.1', port: 0 })).rejects.toThrow(
    '--metrics 192.0.2.1:0: this machine has no such address',
  )
})

test('a closed endpoint gives its port back', async () => {
  const metrics = await openMetrics(ANY_PORT)
  const port = Number(metrics.at.split(':')[1])
  await fetch(`http://${metrics.at}/metrics`)
  await metrics.close()
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  await new Promise((resolve) => server.close(resolve))
})

test('where to listen: this machine only, where nobody says otherwise', () => {
  const parse = (text: string) => parseListenAddress('--metrics', text, 9090)
  expect(parse(':9090')).toEqual({ host: '127.0.0.1', port: 9090 })
  expect(parse('9090')).toEqual({ host: '127.0.0.1', port: 9090 })
  expect(parse('0.0.0.0:9090')).toEqual({ host: '0.0.0.0', port: 9090 })
  expect(parse('[::1]:9090')).toEqual({ host: '::1', port: 9090 })
  expect(parse('localhost:0')).toEqual({ host: 'localhost', port: 0 })
  for (const wrong of ['', ':', 'localhost', '::1:9090', '[::1]', '[nowhere]:1', ':65536', 'a b:1', ':9090/metrics']) {
    expect(() => parse(wrong), wrong).toThrow(UsageError)
  }
})
