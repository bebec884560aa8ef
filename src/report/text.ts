import { addToList } from '../bytes/lists-by-key.ts'
import type { Call, CaptureReport, Finding, JoinEvidence, JoinedCallsReport, Totals } from '../model/report.ts'
import type { LargeReport } from '../model/report-objects.ts'
import { lossesOf } from './capture-losses.ts'
import { clockText } from './clock-text.ts'
import { escapeText } from './escape.ts'
import { ANONYMIZED, count, formatNumber, keptToText, type Paint, painter, type TextOptions, wrap } from './layout.ts'
import { limitText, reachedLimits } from './reached-limits.ts'
import { streamsByCall } from './stream-indexes.ts'
import { callLines } from './text-call.ts'
import { callsNamedFirst, findingLines } from './text-findings.ts'
import { ladderLines } from './text-ladder.ts'
import { policyLines } from './text-policy.ts'
import { streamsLines } from './text-streams.ts'

export type { TextOptions } from './layout.ts'

/** Without --verbose, calls that nothing was found about are summed up beyond this number. */
const MOST_CALLS = 50

/** The report for people: a sentence that sums up, then calls with their streams, then findings, worst first. */
export function formatText(report: LargeReport, options: TextOptions): string {
  const paint = painter(options.color)
  const findings = findingLines(report, options, paint)
  const anonymized = report.anonymized ? [ANONYMIZED, ''] : []
  if (options.quiet) return joined(findings.length === 0 ? [] : [...anonymized, ...findings])
  return joined([
    ...anonymized,
    ...summaryLines(report, options, paint),
    ...keptToLines(report, options, paint),
    ...report.captures.flatMap((capture) => lossLines(capture, options, paint)),
    ...clockLines(report, options, paint),
    '',
    ...callSection(report, options, paint),
    ...orphanSection(report, options, paint),
    ...(findings.length > 0 ? [paint('bold', 'Findings'), '', ...findings] : ['No findings.', '']),
    ...policyLines(report, options, paint),
    ...limitLines(report, options, paint),
    ...(options.verbose ? anomalyLines(report, options, paint) : []),
  ])
}

function joined(lines: readonly string[]): string {
  const text = lines.join('\n').replace(/\n+$/, '')
  return text === '' ? '' : `${text}\n`
}

function summaryLines({ totals, keptTo }: LargeReport, { width }: TextOptions, paint: Paint): string[] {
  const { error, warning, info } = totals.findings
  const found = [count(error, 'error'), count(warning, 'warning'), info > 0 ? `${formatNumber(info)} info` : '']
  const text = `${seenText(totals, keptTo !== undefined)}; ${found.filter((part) => part !== '').join(', ')}`
  return wrap(text, width, '').map((line) => paint('bold', line))
}

/**
 * What the trace holds, and what became of its packets.
 *
 * @param isPart filters leave some of it out
 */
function seenText(
  { frames, calls, streams, sipMessages, rtp, rtcp, verified, failed, plain, unverified }: Totals,
  isPart: boolean,
): string {
  // Nothing found where nothing was looked into is no good news. What filters leave out may have been there.
  if (!isPart && sipMessages === 0 && streams === 0 && calls === 0)
    return `0 calls: no SIP that can be read and no media in ${count(frames, 'frame')}`
  const seen = calls === 0 && sipMessages > 0 ? `${count(sipMessages, 'SIP message')}, no call` : count(calls, 'call')
  if (streams === 0) return `${seen}, no media`
  const fates = [
    `${formatNumber(verified)} of ${count(rtp + rtcp, 'packet')} verified`,
    failed > 0 ? `${formatNumber(failed)} failed` : '',
    plain > 0 ? `${formatNumber(plain)} in the clear` : '',
    unverified > 0 ? `${formatNumber(unverified)} unverified` : '',
  ].filter((part) => part !== '')
  return `${seen}, ${count(streams, 'stream')}: ${fates.join(', ')}`
}

function keptToLines({ keptTo }: LargeReport, { width }: TextOptions, paint: Paint): string[] {
  return keptTo === undefined
    ? []
    : wrap(escapeText(keptToText(keptTo)), width, '', 2).map((line) => paint('yellow', line))
}

function lossLines(capture: CaptureReport, { width }: TextOptions, paint: Paint): string[] {
  const losses = lossesOf(capture)
  if (losses.length === 0) return []
  const said = `${capture.path}: ${losses.map(({ text }) => text).join('; ')}`
  return wrap(escapeText(said), width, '', 2).map((line) => paint('yellow', line))
}

/** Files of one clock, a ring say, are told of together. */
function clockLines({ captures }: LargeReport, { width }: TextOptions, paint: Paint): string[] {
  const said = new Map<string, string[]>()
  for (const { path, clock } of captures) {
    if (clock === undefined) continue
    const text = clockText(clock, captures)
    addToList(said, text, path)
  }
  return [...said].flatMap(([text, [first, ...more]]) => {
    const line = `${first}${more.length > 0 ? ` and ${formatNumber(more.length)} more` : ''}: ${text}`
    return wrap(escapeText(line), width, '', 2).map((part) => paint('yellow', part))
  })
}

function callSection(report: LargeReport, options: TextOptions, paint: Paint): string[] {
  if (report.calls.length === 0) return []
  const streams = streamsByCall(report)
  const all = options.verbose || report.calls.length <= MOST_CALLS
  const shown = all ? [...report.calls] : callsTold(report)
  const rest = report.calls.length - shown.length
  const streamsOf = ({ callId }: Call) => streams.get(callId) ?? []
  const linesOf = (call: Call) => [...callLines(call, streamsOf(call), options, paint), '']
  const findingsOf = findingsByCall(options.verbose ? report.findings : [])
  const ladderOf = (calls: readonly Call[]): string[] => {
    const source = { calls, streams: calls.flatMap(streamsOf), findings: calls.flatMap(findingsOf) }
    const lines = options.verbose ? ladderLines(source, options.width, paint) : []
    return lines.length === 0 ? lines : [...lines, '']
  }
  return [
    ...legGroups(shown, report.joined).flatMap(({ calls, group }) => [
      ...(group === undefined ? [] : [paint('bold', legsText(group)), '']),
      ...calls.flatMap(linesOf),
      ...ladderOf(calls),
    ]),
    ...(rest > 0 ? [`${restText(shown.length, rest)}; --verbose shows all.`, ''] : []),
  ]
}

function findingsByCall(findings: Iterable<Finding>): (call: Call) => readonly Finding[] {
  const ofCall = new Map<string, Finding[]>()
  for (const finding of findings) {
    if (finding.callId === undefined) continue
    addToList(ofCall, finding.callId, finding)
  }
  return ({ callId }) => ofCall.get(callId) ?? []
}

/** Calls, legs of one call together where the first of them stands. */
function legGroups(
  calls: readonly Call[],
  joined: readonly JoinedCallsReport[] = [],
): { calls: Call[]; group?: JoinedCallsReport }[] {
  const groupOf = new Map(joined.flatMap((group) => group.callIds.map((callId) => [callId, group] as const)))
  const legs = new Map<JoinedCallsReport, Call[]>()
  return calls.flatMap((call) => {
    const group = groupOf.get(call.callId)
    if (group === undefined) return [{ calls: [call] }]
    const known = legs.get(group)
    if (known !== undefined) {
      known.push(call)
      return []
    }
    const together = [call]
    legs.set(group, together)
    return [{ calls: together, group }]
  })
}

const JOINED_BY: Readonly<Record<JoinEvidence, string>> = {
  'session-id': 'the same Session-ID',
  media: 'the same media',
  parties: 'parties and times that fit',
}

function legsText({ callIds, by, certainty }: JoinedCallsReport): string {
  const evidence = by.map((one) => JOINED_BY[one]).join(', ')
  return `${certainty === 'certain' ? 'One call' : 'Likely one call'} in ${callIds.length} legs (${evidence}):`
}

/** Of a trace of many calls those are shown that have findings of their own. */
function restText(shown: number, rest: number): string {
  return shown > 0 ? count(rest, 'more call') : `${count(rest, 'call')}, none with a finding of its own`
}

/** The calls that the findings tell of first, in their order. */
function callsTold({ calls, findings }: LargeReport): Call[] {
  const told = callsNamedFirst(findings, MOST_CALLS)
  const shown: Call[] = []
  for (const call of calls) {
    if (told.has(call.callId)) shown.push(call)
    if (shown.length === told.size) break
  }
  return shown
}

function orphanSection({ streams }: LargeReport, options: TextOptions, paint: Paint): string[] {
  const orphans = [...streams].filter(({ callId }) => callId === undefined)
  if (orphans.length === 0) return []
  return [paint('bold', 'Media without signalling'), ...streamsLines(orphans, options, paint), '']
}

/** What a limit left out is said to everybody: the report is not of the whole trace. */
function limitLines({ anomalies }: LargeReport, { width }: TextOptions, paint: Paint): string[] {
  const reached = reachedLimits(anomalies)
  if (reached.length === 0) return []
  return [
    paint('bold', 'Limits reached'),
    ...reached.flatMap((limit) => wrap(escapeText(limitText(limit)), width, '  ', 4)),
    '',
  ]
}

function anomalyLines({ anomalies }: LargeReport, { width }: TextOptions, paint: Paint): string[] {
  if (anomalies.length === 0) return []
  return [
    paint('bold', 'Anomalies'),
    ...anomalies.flatMap(({ layer, reason, count: times, frames }) =>
      wrap(
        escapeText(
          `${layer}: ${reason}, ${count(times, 'time')}${frames.length > 0 ? `, first in frame ${frames[0]}` : ''}`,
        ),
        width,
        '  ',
        4,
      ),
    ),
    '',
  ]
}
