import { SEVERITIES } from '../model/severities.ts'
import { escapeText } from '../report/escape.ts'
import { ANONYMIZED, count, formatNumber, type Paint, painter, wrap } from '../report/layout.ts'
import type { BatchSummary, SummedCapture, SummedRule } from './batch-summary.ts'
import { type LimitCount, type SeverityCounts, worse } from './capture-summary.ts'
import type { RuleTotal } from './rule-tally.ts'
import { sharedCallsText } from './shared-calls.ts'
import { type Column, tableLines } from './table-lines.ts'

export interface SummaryTextOptions {
  /** Columns. */
  readonly width: number
  readonly color: boolean
  /** The folder of reports, as it was named. */
  readonly folder: string
}

/** What fits on some screens; summary.json has all. */
const MOST_CAPTURES = 20
const MOST_RULES = 20
const MOST_PEERS = 15
const MOST_HOURS = 24
const MOST_FAILED = 20
/** Faulty calls of a capture. */
const MOST_CALLS = 3

/** The summary for people: what was done, then what could not be read, then captures, rules, peers and hours. */
export function formatBatchSummary(summary: BatchSummary, options: SummaryTextOptions): string {
  const paint = painter(options.color)
  const lines = [
    ...(summary.anonymized ? [ANONYMIZED, ''] : []),
    ...headLines(summary, options, paint),
    '',
    ...unreadLines('Could not be read', summary.failed, options, paint),
    ...unreadLines('Not read to their end', summary.brokenOff ?? [], options, paint),
    ...captureLines(summary, options, paint),
    ...ruleLines(summary, options, paint),
    ...peerLines(summary, options, paint),
    ...hourLines(summary, options, paint),
    ...closingLines(summary, options),
  ]
  return `${lines.join('\n')}\n`
}

function headLines(summary: BatchSummary, { width }: SummaryTextOptions, paint: Paint): string[] {
  const { counts, totals, captures, faultyCalls, ...times } = summary
  const { error, warning, info } = totals.findings
  const clean = captures.filter((capture) => isClean(capture.totals.findings)).length
  const read = [
    `${count(counts.reported, 'capture')} reported on`,
    counts.failed > 0 ? `${formatNumber(counts.failed)} could not be read` : '',
    counts.left > 0 ? `${formatNumber(counts.left)} not reached` : '',
  ]
  const packets = totals.rtp + totals.rtcp
  const fates = [
    packets > 0 ? `${formatNumber(totals.verified)} of ${count(packets, 'packet')} verified` : 'no media',
    totals.failed > 0 ? `${formatNumber(totals.failed)} failed` : '',
    totals.plain > 0 ? `${formatNumber(totals.plain)} in the clear` : '',
    totals.unverified > 0 ? `${formatNumber(totals.unverified)} unverified` : '',
  ]
  const found = [
    count(error, 'error'),
    count(warning, 'warning'),
    info > 0 ? `${formatNumber(info)} info` : '',
    clean > 0 ? `${count(clean, 'capture')} without findings` : '',
  ]
  const faulty =
    faultyCalls > 0 ? `${count(faultyCalls, 'call')} with errors of ${faultyCalls === 1 ? 'its' : 'their'} own` : ''
  const { firstTime, lastTime } = times
  const span = firstTime === undefined || lastTime === undefined ? '' : `, ${spanText(firstTime, lastTime)}`
  return [
    ...wrap(listed(read), width, '', 2).map((line) => paint('bold', line)),
    ...wrap(`${count(totals.calls, 'call')}, ${count(totals.streams, 'stream')}${span}`, width, '', 2),
    ...wrap(listed(fates), width, '', 2),
    ...wrap(listed(found), width, '', 2).map((line) => (error > 0 ? paint('red', line) : line)),
    ...(faulty === '' ? [] : [faulty]),
    ...sharedLines(summary, width),
  ]
}

function sharedLines({ sharedCalls }: BatchSummary, width: number): string[] {
  return sharedCalls === undefined ? [] : wrap(escapeText(sharedCallsText(sharedCalls)), width, '', 2)
}

/** What there is no report of, or no whole one. */
function unreadLines(
  title: string,
  failed: BatchSummary['failed'],
  { width }: SummaryTextOptions,
  paint: Paint,
): string[] {
  if (failed.length === 0) return []
  return [
    paint('bold', title),
    ...failed.slice(0, MOST_FAILED).flatMap(({ error }) => wrap(escapeText(error), width, '  ', 4)),
    ...moreLine(failed.length - MOST_FAILED, 'capture'),
    '',
  ]
}

function captureLines({ captures }: BatchSummary, { width }: SummaryTextOptions, paint: Paint): string[] {
  const bad = captures.filter(({ totals, lost, limits }) => !isClean(totals.findings) || (lost ?? limits) !== undefined)
  if (bad.length === 0) return []
  const columns: Column<SummedCapture>[] = [
    { title: 'errors', value: ({ totals }) => totals.findings.error },
    { title: 'warnings', value: ({ totals }) => totals.findings.warning },
    { title: 'calls', value: ({ totals }) => totals.calls },
    { title: 'faulty', value: ({ faultyCalls }) => faultyCalls?.count ?? 0 },
  ]
  return [
    paint('bold', 'Captures, worst first'),
    ...tableLines(bad.slice(0, MOST_CAPTURES), columns, width, (capture) => [
      capture.reports[0] ?? capture.path,
      ...(capture.lost === undefined ? [] : [`damaged: ${capture.lost.reason}`]),
      ...(capture.limits === undefined ? [] : [limitsText(capture.limits)]),
      rulesText(capture.rules),
      ...faultyTexts(capture),
    ]),
    ...moreLine(bad.length - MOST_CAPTURES, 'capture'),
    '',
  ]
}

/** The worst calls, and what each suffers. */
function faultyTexts({ faultyCalls, totals }: SummedCapture): string[] {
  if (faultyCalls === undefined) return []
  const { count: all, worst } = faultyCalls
  const shown = worst.slice(0, MOST_CALLS)
  // Of the only call the line of its capture has the rules.
  if (totals.calls === 1) return shown.map(({ callId }) => `call ${callId}`)
  return [
    ...shown.map(({ callId, rules }) => `call ${callId}: ${rulesText(rules)}`),
    ...(all > shown.length ? [count(all - shown.length, 'more faulty call')] : []),
  ]
}

/** The rules of the worst severity that there are findings of. */
function rulesText(rules: readonly RuleTotal[]): string {
  const worst = rules.filter(({ severity }) => severity === rules[0].severity)
  return worst.map(({ rule, count: n }) => (n === 1 ? rule : `${rule} ${formatNumber(n)}`)).join(', ')
}

function limitsText(limits: readonly LimitCount[]): string {
  return `limits reached: ${limits.map(({ name, count: n }) => `${name} (${formatNumber(n)} dropped)`).join(', ')}`
}

function ruleLines({ rules, captures }: BatchSummary, { width }: SummaryTextOptions, paint: Paint): string[] {
  if (rules.length === 0) return []
  const reports = new Map(captures.map(({ path, reports: [report = path] }) => [path, report]))
  const columns: Column<SummedRule>[] = [
    { title: 'times', value: ({ count: n }) => n },
    { title: 'captures', value: ({ captures: n }) => n },
  ]
  return [
    paint('bold', 'Findings by rule, and where each shows first'),
    ...tableLines(rules.slice(0, MOST_RULES), columns, width, ({ severity, rule, kind, title, first }) => [
      `${severity} ${rule}${kind === undefined ? '' : ` (${kind})`}: ${title}`,
      listed([
        `${reports.get(first.capture) ?? first.capture}${first.frame === undefined ? '' : ` frame ${first.frame}`}`,
        first.callId === undefined ? '' : `call ${first.callId}`,
      ]),
    ]),
    ...moreLine(rules.length - MOST_RULES, 'rule'),
    '',
  ]
}

function peerLines({ peers }: BatchSummary, { width }: SummaryTextOptions, paint: Paint): string[] {
  const bad = peers.filter((peer) => !isClean(peer))
  if (bad.length === 0) return []
  const columns: Column<(typeof bad)[number]>[] = [
    { title: 'errors', value: ({ error }) => error },
    { title: 'warnings', value: ({ warning }) => warning },
    { title: 'calls', value: ({ calls }) => calls },
    { title: 'captures', value: ({ captures }) => captures },
  ]
  return [
    paint('bold', 'Addresses with findings, most errors first'),
    ...tableLines(bad.slice(0, MOST_PEERS), columns, width, ({ address, rules }) => [
      `${address}: ${rulesText(rules)}`,
    ]),
    ...moreLine(bad.length - MOST_PEERS, 'address', 'addresses'),
    '',
  ]
}

function hourLines({ hours, moreHours = 0 }: BatchSummary, { width }: SummaryTextOptions, paint: Paint): string[] {
  const bad = hours.filter((hour) => !isClean(hour))
  if (bad.length < 2) return []
  const shown = new Set([...bad].sort(worse).slice(0, MOST_HOURS))
  const severity = SEVERITIES.find((one) => bad.some((hour) => hour[one] > 0)) ?? 'info'
  const most = Math.max(...bad.map((hour) => hour[severity]))
  const columns: Column<(typeof bad)[number]>[] = [
    { title: 'errors', value: ({ error }) => error },
    { title: 'warnings', value: ({ warning }) => warning },
    { title: 'calls', value: ({ calls }) => calls },
  ]
  const bar = (hour: SeverityCounts): string => '#'.repeat(Math.ceil((hour[severity] / most) * BAR))
  return [
    paint('bold', `Hours with findings (UTC)${bad.length > MOST_HOURS ? `, the worst ${MOST_HOURS}` : ''}`),
    ...tableLines(
      bad.filter((hour) => shown.has(hour)),
      columns,
      width,
      (hour) => [`${hour.hour.replace('T', ' ')}:00 ${bar(hour)}`],
    ),
    ...moreLine(bad.length - MOST_HOURS, 'hour'),
    ...(moreHours > 0 ? [`  ${count(moreHours, 'more hour')} beyond those that are kept`] : []),
    '',
  ]
}

/** Columns of the longest bar. */
const BAR = 24

function closingLines({ counts, captures, anonymized }: BatchSummary, { width, folder }: SummaryTextOptions): string[] {
  const example = captures[0]?.rules[0]?.rule
  const left = counts.left > 0 ? ` The same command goes on with the ${count(counts.left, 'capture')} left.` : ''
  const means = example === undefined ? '' : ` srtp-scan rules ${example} tells what a finding means.`
  const home = anonymized ? ' state.ndjson names the captures: keep it.' : ''
  return wrap(escapeText(`Reports and summary.json are in ${folder}.${home}${means}${left}`), width, '')
}

function moreLine(rest: number, one: string, many?: string): string[] {
  return rest > 0 ? [`  ${count(rest, `more ${one}`, `more ${many ?? `${one}s`}`)} in summary.json`] : []
}

function isClean({ error, warning, info }: SeverityCounts): boolean {
  return error + warning + info === 0
}

function listed(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ')
}

/** `2026-01-15 09:00 to 11:20 UTC`. */
function spanText(first: string, last: string): string {
  const [from, to] = [first, last].map((time) => `${time.slice(0, 10)} ${time.slice(11, 16)}`)
  if (from === to) return `${from} UTC`
  return `${from} to ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to} UTC`
}
