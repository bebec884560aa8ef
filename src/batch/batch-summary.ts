import { compareText } from '../bytes/compare-text.ts'
import type { CaptureReport, Severity, Totals } from '../model/report.ts'
import { NO_TOTALS, sumOfTotals } from '../model/totals.ts'
import type { Anonymizer } from '../report/anonymize/anonymizer.ts'
import { isHabit } from '../report/finding-weight.ts'
import { VERSION } from '../scan/version.ts'
import { anonymizedOutcomes, anonymizedUnread } from './anonymized-outcomes.ts'
import {
  type HourCount,
  type LimitCount,
  type PeerCount,
  type RuleCount,
  type SeverityCounts,
  worse,
  worsePeer,
  worstRules,
} from './capture-summary.ts'
import { CountTable } from './count-table.ts'
import type { FaultyCalls } from './faulty-calls.ts'
import type { JobOutcome, ReportedCapture, UnreadCapture } from './job-outcome.ts'
import { RuleTally, type RuleTotal, worseRule } from './rule-tally.ts'
import { type SharedCalls, sharedCalls } from './shared-calls.ts'

/** What a batch has found: schemas/batch-summary.schema.json. The same outcomes give the same summary in any order. */
export interface BatchSummary {
  readonly schema: 'srtp-scan/batch/1'
  readonly tool: { readonly name: 'srtp-scan'; readonly version: string }
  /** Who and where is replaced (`--anonymize`). */
  readonly anonymized?: true
  readonly counts: {
    readonly captures: number
    readonly reported: number
    readonly failed: number
    /** Captures that an interruption left for another run. */
    readonly left: number
  }
  readonly firstTime?: string
  readonly lastTime?: string
  readonly totals: Totals
  /** Calls with errors of their own; one that stands in several captures counts in each. */
  readonly faultyCalls: number
  /** Absent where no call stands in several captures. */
  readonly sharedCalls?: SharedCalls
  /** Captures that could not be reported on, by path. */
  readonly failed: readonly UnreadCapture[]
  /** Captures whose scan broke off by a fault of ours, by path: their reports are of what was judged by then. */
  readonly brokenOff?: readonly UnreadCapture[]
  /** Worst first. */
  readonly captures: readonly SummedCapture[]
  /** Severest first, then most. */
  readonly rules: readonly SummedRule[]
  /** Most errors first. */
  readonly peers: readonly SummedPeer[]
  /** Peers that found no place in `peers`, at most so many. */
  readonly morePeers: number
  /** In order. */
  readonly hours: readonly HourCount[]
  /** Hours that found no place in `hours`, at most so many; absent where there are none. */
  readonly moreHours?: number
}

export interface SummedCapture {
  readonly path: string
  /** Files below the batch's folder. */
  readonly reports: readonly string[]
  readonly firstTime?: string
  readonly lastTime?: string
  readonly lost?: CaptureReport['lost']
  readonly totals: Totals
  /** Calls with errors of their own; absent where there are none. */
  readonly faultyCalls?: FaultyCalls
  readonly rules: readonly RuleTotal[]
  /** Limits that were reached; absent where there are none. */
  readonly limits?: readonly LimitCount[]
}

export interface SummedRule extends Omit<RuleCount, 'first'> {
  /** Captures that it was found in. */
  readonly captures: number
  /** Where it shows first in time. */
  readonly first: RuleCount['first'] & { readonly capture: string }
}

export interface SummedPeer extends PeerCount {
  /** Captures that it has findings in. */
  readonly captures: number
}

const MOST_PEERS = 1000

/**
 * @param unread what led to no job
 * @param left captures that were not reached
 * @param anonymizer where the summary may be sent away: the one that the reports were made with
 */
export function summaryOfBatch(
  outcomes: readonly JobOutcome[],
  unread: readonly UnreadCapture[],
  left: number,
  anonymizer?: Anonymizer,
): BatchSummary {
  if (anonymizer !== undefined) {
    const shown = anonymizedOutcomes(outcomes, anonymizer)
    const summary = summaryOfBatch(
      shown,
      unread.map((one) => anonymizedUnread(one, anonymizer.path)),
      left,
    )
    const { schema, tool, ...rest } = summary
    return { schema, tool, anonymized: true, ...rest }
  }
  const nameOf = (one: UnreadCapture | JobOutcome) => ('name' in one ? one.name : '')
  // Several URLs may be shown alike.
  const byPath = (a: UnreadCapture | JobOutcome, b: typeof a) =>
    compareText(a.capture, b.capture) || compareText(nameOf(a), nameOf(b))
  const reported = outcomes.filter((outcome) => outcome.status === 'reported').sort(byPath)
  const failed = [...unread, ...outcomes.filter((outcome) => outcome.status === 'failed')].sort(byPath)
  const brokenOff = reported.flatMap(({ capture, brokenOff: error }) =>
    error === undefined ? [] : [{ capture, error }],
  )
  const times = reported.flatMap(({ summary: { firstTime, lastTime } }) => [firstTime ?? [], lastTime ?? []].flat())
  times.sort()
  const shared = sharedCalls(reported.map(({ capture, summary }) => ({ capture, sketch: summary.callSketch })))
  const { peers, morePeers } = peersOf(reported)
  const moreHours = reported.reduce((sum, { summary }) => sum + (summary.moreHours ?? 0), 0)
  return {
    schema: 'srtp-scan/batch/1',
    tool: { name: 'srtp-scan', version: VERSION },
    counts: {
      captures: outcomes.length + unread.length + left,
      reported: reported.length,
      failed: failed.length,
      left,
    },
    ...(times.length > 0 && { firstTime: times[0], lastTime: times[times.length - 1] }),
    totals: reported.reduce((sum, { summary }) => sumOfTotals(sum, summary.totals), NO_TOTALS),
    faultyCalls: reported.reduce((sum, { summary }) => sum + (summary.faultyCalls?.count ?? 0), 0),
    ...(shared !== undefined && { sharedCalls: shared }),
    failed: failed.map(({ capture, error, code }) => ({ capture, error, ...(code !== undefined && { code }) })),
    ...(brokenOff.length > 0 && { brokenOff }),
    captures: reported.map(summedCapture).sort(worseCapture),
    rules: rulesOf(reported),
    peers,
    morePeers,
    hours: hoursOf(reported),
    ...(moreHours > 0 && { moreHours }),
  }
}

function summedCapture({ capture, reports, summary }: ReportedCapture): SummedCapture {
  const { firstTime, lastTime, lost, totals, faultyCalls, rules, limits } = summary
  const tally = new RuleTally()
  for (const one of rules) tally.add(one)
  return {
    path: capture,
    reports: reports.map(({ name }) => name),
    ...(firstTime !== undefined && { firstTime }),
    ...(lastTime !== undefined && { lastTime }),
    ...(lost !== undefined && { lost }),
    totals,
    ...(faultyCalls !== undefined && { faultyCalls }),
    rules: tally.sorted(),
    ...(limits !== undefined && { limits }),
  }
}

/** What its calls suffer before what is true of most calls of a network. */
function worseCapture(a: SummedCapture, b: SummedCapture): number {
  return (
    worse(ownFindings(a), ownFindings(b)) ||
    worse(a.totals.findings, b.totals.findings) ||
    b.totals.failed - a.totals.failed ||
    Number(b.lost !== undefined) - Number(a.lost !== undefined) ||
    compareText(a.path, b.path)
  )
}

function ownFindings({ rules }: SummedCapture): SeverityCounts {
  const own = { error: 0, warning: 0, info: 0 }
  for (const { rule, severity, count } of rules) if (!isHabit(rule)) own[severity] += count
  return own
}

function rulesOf(reported: readonly ReportedCapture[]): SummedRule[] {
  const rules = new Map<string, SummedRule>()
  for (const { capture, summary } of reported) {
    for (const one of summary.rules) {
      const name = `${one.severity} ${one.rule} ${one.kind ?? ''}`
      const known = rules.get(name)
      const first = { capture, ...one.first }
      if (known === undefined) rules.set(name, { ...one, captures: 1, first })
      else {
        const earlier = compareText(first.time ?? '~', known.first.time ?? '~') < 0
        const count = known.count + one.count
        rules.set(name, { ...known, count, captures: known.captures + 1, ...(earlier && { first }) })
      }
    }
  }
  return [...rules.values()].sort((a, b) => worseRule(a, b) || compareText(a.kind ?? '', b.kind ?? ''))
}

function peersOf(reported: readonly ReportedCapture[]): Pick<BatchSummary, 'peers' | 'morePeers'> {
  const table = new CountTable<SummedPeer>((address) => ({
    address,
    calls: 0,
    captures: 0,
    error: 0,
    warning: 0,
    info: 0,
    rules: [],
  }))
  const tallies = new CountTable(() => new RuleTally())
  let morePeers = 0
  for (const { summary } of reported) {
    morePeers += summary.morePeers
    for (const peer of summary.peers) {
      const sum = table.of(peer.address)
      sum.calls += peer.calls
      if (addSeverities(sum, peer)) sum.captures++
      for (const one of peer.rules) tallies.of(peer.address).add(one)
    }
  }
  const all = table.sorted(worsePeer)
  const peers = all.slice(0, MOST_PEERS).map((peer) => ({ ...peer, rules: worstRules(tallies.of(peer.address)) }))
  return { peers, morePeers: morePeers + Math.max(0, all.length - MOST_PEERS) }
}

function hoursOf(reported: readonly ReportedCapture[]): HourCount[] {
  const table = new CountTable<HourCount>((hour) => ({ hour, calls: 0, error: 0, warning: 0, info: 0 }))
  for (const { summary } of reported) {
    for (const hour of summary.hours) {
      const sum = table.of(hour.hour)
      sum.calls += hour.calls
      addSeverities(sum, hour)
    }
  }
  return table.sorted((a, b) => compareText(a.hour, b.hour))
}

/** Says whether there was anything to add. */
function addSeverities(sum: { -readonly [K in Severity]: number }, { error, warning, info }: SeverityCounts): boolean {
  sum.error += error
  sum.warning += warning
  sum.info += info
  return error + warning + info > 0
}
