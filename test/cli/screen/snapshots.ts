import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { EndedCall, Snapshot } from '../../../src/live/snapshot.ts'
import type { Call, Report, Totals } from '../../../src/model/report.ts'
import type { LargeReport } from '../../../src/model/report-objects.ts'
import { NO_TOTALS } from '../../../src/model/totals.ts'

export const SAMPLES = ['call', 'leak', 'mismatch', 'nat', 'one-way', 'incident']

/** The report on a sample as it is expected. */
export function sampleReport(name: string): Report {
  const path = fileURLToPath(new URL(`../../../samples/${name}.expect.json`, import.meta.url))
  return JSON.parse(readFileSync(path, 'utf8'))
}

/**
 * What a live scan would have told if the traces of these reports had come one after the other, a minute apart: with
 * each snapshot the calls of one more are seen, those of the one before have ended, and those before that are released.
 */
export function replayed(reports: readonly Report[]): Snapshot[] {
  const traces = reports.map((report, n) => named(report, n))
  return [...traces, EMPTY, EMPTY].map((_, n) => {
    const [released, ended, running] = [traces[n - 2] ?? EMPTY, traces[n - 1] ?? EMPTY, traces[n] ?? EMPTY]
    const atHand = [released, ended, { ...running, calls: running.calls.map(goingOn) }]
    return {
      atUs: Date.parse('2026-01-15T09:30:05Z') * 1000 + n * 60e6,
      report: {
        ...EMPTY,
        totals: traces
          .slice(0, n + 1)
          .map(({ totals }) => totals)
          .reduce(added),
        calls: atHand.flatMap(({ calls }) => calls),
        streams: atHand.flatMap(({ streams }) => streams),
        findings: atHand.flatMap(({ findings }) => findings),
      },
      ended: released.calls.map((call) => endedCall(call, released)),
      source: n % 2 === 0 ? {} : { received: 1000 * n, dropped: n },
      queues: { signallingBytes: 0, deferredBytes: n * 400_000 },
    }
  })
}

export const EMPTY: Report = {
  schema: 'srtp-scan/report/1',
  tool: { name: 'srtp-scan', version: '' },
  captures: [],
  totals: NO_TOTALS,
  calls: [],
  streams: [],
  findings: [],
  anomalies: [],
}

/** A snapshot of this report, with nothing released. */
export function snapshotOf(report: LargeReport, atUs = Date.parse('2026-01-15T09:31:00Z') * 1000): Snapshot {
  return { atUs, report, ended: [], source: {}, queues: { signallingBytes: 0, deferredBytes: 0 } }
}

/** Its names of streams are those of no other trace, and it begins a minute after the one before. */
function named(report: Report, n: number): Report {
  const text = JSON.stringify(report)
    .replace(/"(id|streamId)":"s(\d+)"/g, `"$1":"s${n}0$2"`)
    .replace(/2026-01-15T09:30:/g, `2026-01-15T09:3${n}:`)
  return JSON.parse(text)
}

function goingOn({ endTime: _, ...call }: Call): Call {
  return call.answerTime === undefined ? call : { ...call, state: 'established' }
}

function endedCall(call: Call, { streams, findings }: Report): EndedCall {
  const own = ({ callId }: { readonly callId?: string | undefined }) => callId === call.callId
  return { call, streams: streams.filter(own), findings: findings.filter(own) }
}

function added(a: Totals, b: Totals): Totals {
  const sum = Object.fromEntries(Object.entries(a).map(([name, n]) => [name, n + (b as never)[name]]))
  const { error, warning, info } = a.findings
  const findings = {
    error: error + b.findings.error,
    warning: warning + b.findings.warning,
    info: info + b.findings.info,
  }
  return { ...(sum as unknown as Totals), findings }
}
