import type { BatchIndex } from '../report/html/batch-index.ts'
import { callName } from '../report/html/call-name.ts'
import { dataBlock } from '../report/html/data-block.ts'
import { documentHead, documentTail } from '../report/html/document.ts'
import { shownValue } from '../report/html/shown-value.ts'
import { ANONYMIZED, count } from '../report/layout.ts'
import type { BatchSummary } from './batch-summary.ts'
import type { RuleTotal } from './rule-tally.ts'
import { sharedCallsText } from './shared-calls.ts'

/** What a page has room for; summary.json has all. */
const MOST_CAPTURES = 5000
const MOST_PEERS = 200

/** The summary as a page that leads to the reports beside it. */
export function* formatBatchHtml(summary: BatchSummary): Generator<string> {
  const {
    tool,
    anonymized,
    counts,
    totals,
    faultyCalls,
    sharedCalls,
    failed,
    brokenOff = [],
    captures,
    rules,
    peers,
    morePeers,
    hours,
    firstTime,
    lastTime,
  } = summary
  const reports = new Map(captures.map((capture) => [capture.path, reportOf(capture.reports)]))
  const index: BatchIndex = {
    version: tool.version,
    ...(anonymized && { anonymized }),
    counts,
    ...(firstTime !== undefined && { firstTime }),
    ...(lastTime !== undefined && { lastTime }),
    totals,
    faultyCalls,
    ...(sharedCalls !== undefined && { sharedCalls: sharedCallsText(sharedCalls) }),
    failed: failed.map(({ error }) => error),
    brokenOff: brokenOff.map(({ error }) => error),
    captures: captures
      .slice(0, MOST_CAPTURES)
      .map(({ reports: names, lost, rules: found, limits, faultyCalls: faulty, ...capture }) => ({
        ...capture,
        faulty: faulty?.count ?? 0,
        ...linked(reportOf(names)),
        ...(lost !== undefined && { lost: lost.reason }),
        ...(limits !== undefined && { limits: limits.map(({ name }) => name).join(', ') }),
        rules: rulesText(found),
      })),
    rules: rules.map(({ first: { capture, callId, detail, time }, ...rule }) => ({
      ...rule,
      first: { capture, detail, ...(time !== undefined && { time }), ...linked(reports.get(capture), callId) },
    })),
    peers: peers.slice(0, MOST_PEERS).map(({ rules: found, ...peer }) => ({ ...peer, rules: rulesText(found) })),
    hours,
    leftOut: {
      captures: Math.max(0, captures.length - MOST_CAPTURES),
      peers: morePeers + Math.max(0, peers.length - MOST_PEERS),
    },
  }
  yield documentHead(`srtp-scan: ${count(counts.reported, 'capture')}`)
  yield dataBlock('batch', shownValue(index))
  yield documentTail([
    ...(anonymized ? [ANONYMIZED] : []),
    `srtp-scan: ${count(counts.reported, 'capture')}, ${count(totals.calls, 'call')}, ` +
      `${count(totals.findings.error, 'error')}, ${count(totals.findings.warning, 'warning')}.`,
  ])
}

function reportOf(reports: readonly string[]): string | undefined {
  return reports.find((name) => name.endsWith('.html'))
}

/** The address of a report, or of a call in it. */
function linked(name: string | undefined, callId?: string): { readonly report?: string } {
  if (name === undefined) return {}
  const place = name.split('/').map(encodeURIComponent).join('/')
  return { report: callId === undefined ? place : `${place}#call/${encodeURIComponent(callName(callId))}` }
}

/** The rules of the worst severity that there are findings of. */
function rulesText(rules: readonly RuleTotal[]): string {
  const worst = rules.filter(({ severity }) => severity === rules[0].severity)
  return worst.map(({ rule, count: times }) => (times === 1 ? rule : `${rule} ${times}`)).join(', ')
}
