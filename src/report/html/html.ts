import type { Call, Finding } from '../../model/report.ts'
import type { LargeReport } from '../../model/report-objects.ts'
import { FindingPlaces } from '../finding-places.ts'
import { ANONYMIZED, count, keptToText } from '../layout.ts'
import { CallRows } from './call-rows.ts'
import { DataBlocks, dataBlock } from './data-block.ts'
import { documentHead, documentTail } from './document.ts'
import { FindingGroups } from './finding-groups.ts'
import { BLOCK, type FindingGroup, type PageFinding, type PageIndex, type PageStream } from './page-index.ts'
import { shownText, shownValue } from './shown-value.ts'

/** What a browser can hold and a person look at; those that something was found about are listed first. */
const MOST_CALLS = 50_000
const MOST_FINDINGS = 200_000
const MOST_ORPHANS = 2000
/** Characters of a path in the title. */
const MOST_TITLE = 200

/**
 * The report as one document that needs no other file and no network: blocks of data, and the page that reads them when
 * somebody looks at them. Nothing of it is held here but a row for each call.
 */
export function* formatHtml(report: LargeReport): Generator<string> {
  const { captures } = report
  const more = captures.length > 1 ? ` and ${captures.length - 1} more` : ''
  yield documentHead(`srtp-scan: ${shownText(captures[0]?.path ?? 'report', MOST_TITLE)}${more}`)

  const places = new FindingPlaces(report)
  const rows = new CallRows()
  const calls = new DataBlocks<Call>('calls', BLOCK.calls)
  for (const call of listedCalls(report, places)) {
    rows.addCall(call)
    yield* calls.add(shownValue(call))
  }
  yield* calls.end()

  const groups = new FindingGroups()
  const findings = new DataBlocks<PageFinding>('findings', BLOCK.findings)
  for (const finding of report.findings) {
    const number = findings.count < MOST_FINDINGS ? findings.count : undefined
    const group = groups.add(finding, places.of(finding), number)
    if (number === undefined) continue
    const row = rows.rowOf(finding.callId)
    if (row !== undefined) rows.addFinding(row, number, group)
    yield* findings.add({ ...shownValue(finding as Finding), ...(row !== undefined && { row }) })
  }
  yield* findings.end()

  const streams = new DataBlocks<PageStream>('streams', BLOCK.streams)
  const orphans: number[] = []
  let orphansLeft = 0
  for (const stream of report.streams) {
    const row = rows.rowOf(stream.callId)
    if (row !== undefined) rows.addStream(row, stream, streams.count)
    else if (stream.callId !== undefined) continue
    else if (orphans.length < MOST_ORPHANS) orphans.push(streams.count)
    else {
      orphansLeft++
      continue
    }
    yield* streams.add({ ...shownValue(stream), ...(row !== undefined && { row }) })
  }
  yield* streams.end()

  const { tool, anonymized, keptTo, policies, policyNotShown, totals, tls, anomalies, joined = [] } = report
  const found = groups.result()
  const index: PageIndex = {
    ...shownValue({ tool, anonymized, keptTo, policies, policyNotShown, captures, totals, tls, anomalies }),
    rows: rows.columns,
    groups: found,
    joined: joined.map(({ callIds, by, certainty }) => ({
      rows: callIds.flatMap((callId) => rows.rowOf(callId) ?? []),
      by,
      certainty,
    })),
    orphans,
    leftOut: {
      calls: report.calls.length - rows.columns.callId.length,
      findings: report.findings.length - findings.count,
      orphans: orphansLeft,
    },
  } as PageIndex
  yield dataBlock('index', index)
  yield documentTail(summaryLines(report, found))
}

/** The report's calls; where they are too many those with findings, then others while there is room. */
function* listedCalls({ calls }: LargeReport, places: FindingPlaces): Generator<Call> {
  const all = calls.length <= MOST_CALLS
  let room = MOST_CALLS
  if (!all) {
    let found = 0
    for (const call of calls) if (places.isFound(call)) found++
    room = Math.max(0, MOST_CALLS - found)
  }
  let listed = 0
  for (const call of calls) {
    places.add(call)
    if (listed === MOST_CALLS) continue
    if (!all && !places.isFound(call) && room-- <= 0) continue
    listed++
    yield call
  }
}

/** For who lets no script run. */
function summaryLines({ totals, anonymized, keptTo }: LargeReport, groups: readonly FindingGroup[]): string[] {
  const { error, warning, info } = totals.findings
  return [
    ...(anonymized ? [ANONYMIZED] : []),
    ...(keptTo === undefined ? [] : [keptToText(keptTo)]),
    `srtp-scan: ${count(totals.calls, 'call')}, ${count(totals.streams, 'stream')}, ${count(error, 'error')}, ` +
      `${count(warning, 'warning')}, ${info} info. The whole report needs scripts, which this page brings itself.`,
    ...groups.map(({ severity, rule, title, count: n, remedy }) => `${severity} ${rule} (${n}): ${title}. ${remedy}`),
  ]
}
