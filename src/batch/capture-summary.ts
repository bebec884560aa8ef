import { compareText } from '../bytes/compare-text.ts'
import type { CaptureReport, Finding, Severity, Totals } from '../model/report.ts'
import type { LargeReport } from '../model/report-objects.ts'
import { FindingPlaces } from '../report/finding-places.ts'
import { reachedLimits } from '../report/reached-limits.ts'
import { type Counts, CountTable } from './count-table.ts'
import { type FaultyCalls, FaultyCallTally } from './faulty-calls.ts'
import { RuleTally, type RuleTotal } from './rule-tally.ts'
import { CallSketch } from './shared-calls.ts'

/** What one report adds to the summary of a batch. */
export interface CaptureSummary {
  readonly totals: Totals
  readonly firstTime?: string
  readonly lastTime?: string
  readonly lost?: CaptureReport['lost']
  /** Calls with errors of their own; absent where there are none. */
  readonly faultyCalls?: FaultyCalls
  /** Tells whether captures share calls: shared-calls.ts. */
  readonly callSketch: string
  /** Findings by rule and kind, in the report's order. */
  readonly rules: readonly RuleCount[]
  /** Addresses, those that most was found about first; then those of most calls. */
  readonly peers: readonly PeerCount[]
  /** Addresses beyond those of `peers`. */
  readonly morePeers: number
  /** Hours in which calls began or something was found, in order. */
  readonly hours: readonly HourCount[]
  /** Limits that were reached, and how much was dropped for each; absent where there are none. */
  readonly limits?: readonly LimitCount[]
  /** Hours beyond those of `hours`; absent where there are none. */
  readonly moreHours?: number
  /** The ceiling for state was met: with more memory the report may say more. */
  readonly beyondMemory: boolean
}

/** How many findings there are of each severity. */
export type SeverityCounts = Readonly<Record<Severity, number>>

export interface RuleCount {
  readonly rule: string
  readonly kind?: string
  readonly severity: Severity
  readonly title: string
  readonly count: number
  /** Where it shows first; `capture` where the frame is one of several captures. */
  readonly first: {
    readonly capture?: string
    readonly callId?: string
    readonly frame?: number
    readonly time?: string
    readonly detail: string
  }
}

/** An address that takes part in signalling, media or TLS, and what was found about what it takes part in. */
export interface PeerCount extends SeverityCounts {
  readonly address: string
  readonly calls: number
  /** The worst of what was found. */
  readonly rules: readonly RuleTotal[]
}

/** A limit by its name (docs/limits.md), and how much was dropped for it. */
export interface LimitCount {
  readonly name: string
  readonly count: number
}

/** An hour of UTC: `2026-01-15T09`. */
export interface HourCount extends SeverityCounts {
  readonly hour: string
  readonly calls: number
}

const MOST_PEERS = 200
/** Of one address. */
const MOST_RULES = 5
/** More than a month; a capture whose clock jumps about has more. */
const MOST_HOURS = 1000
/** Characters of a finding's detail that a summary repeats. */
const MOST_DETAIL = 300

/** Sums up a report; times are those of all its captures, a loss is the first. */
export function summaryOf(report: LargeReport): CaptureSummary {
  const { captures } = report
  const [firstTime] = captures.flatMap((capture) => capture.firstTime ?? []).sort()
  const lastTime = captures
    .flatMap((capture) => capture.lastTime ?? [])
    .sort()
    .at(-1)
  const lost = captures.find((capture) => capture.lost !== undefined)?.lost
  const places = new FindingPlaces(report)
  const rules = new RuleCounts(captures)
  const peers = new CountTable<PeerCount>((address) => ({
    address,
    calls: 0,
    error: 0,
    warning: 0,
    info: 0,
    rules: [],
  }))
  const tallies = new CountTable(() => new RuleTally())
  const hours = new CountTable<HourCount>((hour) => ({ hour, calls: 0, error: 0, warning: 0, info: 0 }))
  const sketch = new CallSketch()
  const faulty = new FaultyCallTally()
  for (const { callId, hour, addresses } of places.calls()) {
    sketch.add(callId)
    hours.of(hour).calls++
    for (const address of addresses) peers.of(address).calls++
  }
  for (const finding of report.findings) {
    const { rule, severity } = finding
    const { time, addresses } = places.of(finding)
    faulty.add(finding)
    rules.add(finding, time)
    if (time !== undefined) hours.of(hourOf(time))[severity]++
    for (const address of addresses) {
      peers.of(address)[severity]++
      tallies.of(address).add({ rule, severity, count: 1 })
    }
  }
  const allPeers = peers.sorted(worsePeer)
  const allHours = hours.sorted((a, b) => (a.hour < b.hour ? -1 : 1))
  const { faultyCalls } = faulty
  const limits = reachedLimits(report.anomalies).map(({ name, times }) => ({ name, count: times }))
  return {
    totals: report.totals,
    ...(faultyCalls !== undefined && { faultyCalls }),
    callSketch: sketch.text,
    ...(firstTime !== undefined && { firstTime }),
    ...(lastTime !== undefined && { lastTime }),
    ...(lost !== undefined && { lost }),
    rules: rules.all,
    peers: allPeers.slice(0, MOST_PEERS).map((peer) => ({ ...peer, rules: worstRules(tallies.of(peer.address)) })),
    morePeers: Math.max(0, allPeers.length - MOST_PEERS),
    hours: allHours.slice(0, MOST_HOURS),
    ...(limits.length > 0 && { limits }),
    ...(allHours.length > MOST_HOURS && { moreHours: allHours.length - MOST_HOURS }),
    beyondMemory: report.anomalies.some(({ reason }) => reason === 'packets-beyond-the-stream-table'),
  }
}

/** Findings of a report by rule, kind and severity, in the order of the first of each. */
class RuleCounts {
  readonly #captures: LargeReport['captures']
  readonly #counts = new Map<string, Counts<RuleCount>>()

  constructor(captures: LargeReport['captures']) {
    this.#captures = captures
  }

  /** @param time when what the finding is about began, where that is known */
  add(finding: Finding, time: string | undefined): void {
    const { rule, kind, severity, title, callId, frames, capture = 0, detail } = finding
    const name = `${severity} ${rule} ${kind ?? ''}`
    const known = this.#counts.get(name)
    if (known !== undefined) {
      known.count++
      return
    }
    const first = {
      ...(this.#captures.length > 1 && { capture: this.#captures[capture].path }),
      ...(callId !== undefined && { callId }),
      ...(frames.length > 0 && { frame: frames[0] }),
      ...(time !== undefined && { time }),
      detail: detail.length > MOST_DETAIL ? `${detail.slice(0, MOST_DETAIL)}…` : detail,
    }
    this.#counts.set(name, { rule, ...(kind !== undefined && { kind }), severity, title, count: 1, first })
  }

  get all(): readonly RuleCount[] {
    return [...this.#counts.values()]
  }
}

/** What a summary says of the rules that speak about one address. */
export function worstRules(tally: Pick<RuleTally, 'sorted'>): RuleTotal[] {
  return tally.sorted().slice(0, MOST_RULES)
}

/** The hour of an ISO 8601 time in UTC. */
function hourOf(time: string): string {
  return time.slice(0, 'YYYY-MM-DDTHH'.length)
}

/** By what was found about it, then by its calls, then by its address: the same everywhere. */
export function worsePeer(a: PeerCount, b: PeerCount): number {
  return worse(a, b) || b.calls - a.calls || compareText(a.address, b.address)
}

export function worse(a: SeverityCounts, b: SeverityCounts): number {
  return b.error - a.error || b.warning - a.warning || b.info - a.info
}
