import type { Counter, Gauge, Registry } from 'prom-client'
import type { Call, Finding, Stream } from '../model/report.ts'
import { reachedLimits } from '../report/reached-limits.ts'
import { JudgedSeries, type PromClient } from './judged-series.ts'
import type { Snapshot } from './snapshot.ts'

const PREFIX = 'srtp_scan_'

type Read = (snapshot: Snapshot) => number | undefined

/** Sums of the whole run that are facts and only grow. One that is not known is not shown. */
const FACTS: readonly { readonly name: string; readonly help: string; readonly read: Read }[] = [
  { name: 'packets_total', help: 'Packets analysed', read: ({ report }) => report.totals.frames },
  { name: 'sip_messages_total', help: 'SIP messages', read: ({ report }) => report.totals.sipMessages },
  { name: 'rtp_packets_total', help: 'RTP and SRTP packets', read: ({ report }) => report.totals.rtp },
  { name: 'rtcp_packets_total', help: 'RTCP and SRTCP packets', read: ({ report }) => report.totals.rtcp },
  { name: 'calls_total', help: 'Calls that began', read: ({ report }) => report.totals.calls },
  { name: 'streams_total', help: 'Media streams that began', read: ({ report }) => report.totals.streams },
  {
    name: 'source_received_packets_total',
    help: 'Packets that the source took in; absent where it cannot tell',
    read: ({ source }) => source.received,
  },
  {
    name: 'source_dropped_packets_total',
    help: 'Packets that the source lost before they could be read; absent where it cannot tell',
    read: ({ source }) => source.dropped,
  },
]

/** All series of a live scan (docs/decisions/metrics.md). No label holds a key, a number, an address or a Call-ID. */
export class MetricSeries {
  readonly #registry: Registry
  readonly #facts: readonly { readonly counter: Counter; readonly read: Read }[]
  readonly #shown = new Map<Counter, number>()
  readonly #refusals = new Map<string, number>()
  readonly #judged: Readonly<
    Record<'calls' | 'verified' | 'plain' | 'failed' | 'unverified' | 'findings', JudgedSeries>
  >
  readonly #streams: Gauge
  readonly #dropsKnown: Gauge
  readonly #refused: Counter
  readonly #limits: Counter
  readonly #dropped = new Map<string, number>()
  readonly #queues: Gauge
  readonly #reached: Gauge
  readonly #lag: Gauge

  constructor(client: PromClient, registry: Registry) {
    this.#registry = registry
    this.#facts = FACTS.map(({ name, help, read }) => ({
      counter: new client.Counter({ name: PREFIX + name, help, registers: [] }),
      read,
    }))
    const judged = (counter: string, gauge: string, help: string, ...labels: readonly string[]): JudgedSeries =>
      new JudgedSeries(client, registry, { counter: PREFIX + counter, gauge: PREFIX + gauge, help, labels })
    this.#judged = {
      calls: judged('ended_calls_total', 'current_calls', 'Calls by state', 'state'),
      verified: judged('verified_packets_total', 'current_verified_packets', 'Packets whose tag verified'),
      plain: judged('plain_packets_total', 'current_plain_packets', 'Packets without protection'),
      failed: judged('failed_packets_total', 'current_failed_packets', 'Packets whose tag failed, by cause', 'reason'),
      unverified: judged(
        'unverified_packets_total',
        'current_unverified_packets',
        'Packets that could not be judged, by cause',
        'reason',
      ),
      findings: judged('findings_total', 'current_findings', 'Findings by rule and severity', 'rule', 'severity'),
    }
    this.#refused = new client.Counter({
      name: `${PREFIX}source_refused_packets_total`,
      help: 'Packets that a listener took in and that yield nothing, by why',
      labelNames: ['reason'],
      registers: [registry],
    })
    this.#limits = new client.Counter({
      name: `${PREFIX}limits_dropped_total`,
      help: 'What was dropped because a limit was reached, by limit (docs/limits.md)',
      labelNames: ['limit'],
      registers: [registry],
    })
    const gauge = (name: string, help: string, ...labelNames: string[]): Gauge =>
      new client.Gauge({ name: PREFIX + name, help, labelNames, registers: [registry] })
    this.#streams = gauge('current_streams', 'Media streams, at hand')
    this.#dropsKnown = gauge('source_drops_known', '1 where the source can tell what it lost, 0 where it cannot')
    this.#queues = gauge('queue_bytes', 'Octets that wait inside, by queue', 'queue')
    this.#reached = gauge('trace_timestamp_seconds', 'How far the trace was analysed, by its clock')
    this.#lag = gauge('capture_lag_seconds', 'How far that lay behind the clock at the last look')
  }

  /** @param nowMs the clock, ms since 1970 */
  update(snapshot: Snapshot, nowMs: number): void {
    const { report, ended, strays = { streams: [], findings: [] }, source, queues, atUs } = snapshot
    for (const { counter, read } of this.#facts) this.#raise(counter, read(snapshot))
    this.#count('see', report.calls, report.streams, report.findings)
    for (const { call, streams, findings } of ended) this.#count('settle', [call], streams, findings)
    this.#count('settle', [], strays.streams, strays.findings)
    for (const series of Object.values(this.#judged)) series.publish()
    const streamsGone = ended.reduce((count, { streams }) => count + streams.length, strays.streams.length)
    this.#streams.set(report.streams.length - streamsGone)
    this.#dropsKnown.set(source.dropped === undefined ? 0 : 1)
    for (const [reason, count] of source.refused ?? []) {
      this.#refused.inc({ reason }, count - (this.#refusals.get(reason) ?? 0))
      this.#refusals.set(reason, count)
    }
    for (const { name, times } of reachedLimits(report.anomalies)) {
      this.#limits.inc({ limit: name }, Math.max(0, times - (this.#dropped.get(name) ?? 0)))
      this.#dropped.set(name, Math.max(times, this.#dropped.get(name) ?? 0))
    }
    this.#queues.set({ queue: 'signalling' }, queues.signallingBytes)
    this.#queues.set({ queue: 'deferred' }, queues.deferredBytes)
    if (atUs === 0) return
    this.#reached.set(atUs / 1e6)
    this.#lag.set(Math.max(0, (nowMs - atUs / 1e3) / 1e3))
  }

  #count(how: 'see' | 'settle', calls: Iterable<Call>, streams: Iterable<Stream>, findings: Iterable<Finding>): void {
    const judged = this.#judged
    for (const { state } of calls) judged.calls[how](1, state)
    for (const { verified, plain, failed, unverified, explanation, unverifiedReason } of streams) {
      judged.verified[how](verified)
      judged.plain[how](plain)
      judged.failed[how](failed, explanation?.kind ?? 'unexplained')
      judged.unverified[how](unverified, unverifiedReason ?? 'unexplained')
    }
    for (const { rule, severity } of findings) judged.findings[how](1, rule, severity)
  }

  /** A counter takes steps, the snapshot has sums. One that went down, as no fact should, waits until it is caught up. */
  #raise(counter: Counter, sum: number | undefined): void {
    if (sum === undefined) return
    const shown = this.#shown.get(counter)
    if (shown === undefined) this.#registry.registerMetric(counter)
    this.#shown.set(counter, Math.max(sum, shown ?? 0))
    counter.inc(Math.max(0, sum - (shown ?? 0)))
  }
}
