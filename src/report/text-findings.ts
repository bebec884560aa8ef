import { addToList } from '../bytes/lists-by-key.ts'
import type { Finding } from '../model/report.ts'
import type { LargeReport } from '../model/report-objects.ts'
import { escapeText } from './escape.ts'
import { findingWeight, isConsequence } from './finding-weight.ts'
import { count, NO_BREAK, type Paint, SEVERITY_INKS, type TextOptions, wrap } from './layout.ts'

/** Without --verbose, what one rule found is summed up beyond this number. */
const MOST_OF_A_KIND = 10
/** Frames that a finding's line names; the JSON report has more. */
const MOST_FRAMES = 6

/** The report's findings, worst first. */
export function findingLines(report: LargeReport, options: TextOptions, paint: Paint): string[] {
  return linesOfFindings(report.findings, placesOf(report), options, paint)
}

/**
 * Findings, the worst and most frequent first as on the page, then in their order: what, where, proof and remedy. Those that
 * say the same of several places share their first line, their remedy and their source.
 */
export function linesOfFindings(
  findings: Iterable<Finding>,
  places: Places,
  options: TextOptions,
  paint: Paint,
): string[] {
  return groupsOf(findings).flatMap((group) => groupLines(group, places, options, paint))
}

/**
 * Call-IDs that findings name, so many at most: those that a report without --verbose tells of, worst first, then further ones
 * of each kind.
 */
export function callsNamedFirst(findings: Iterable<Finding>, most: number): ReadonlySet<string> {
  const groups = groupsOf(findings)
  const callIds = [
    ...groups.flatMap((group) => group.slice(0, MOST_OF_A_KIND)),
    ...groups.flatMap((group) => group.slice(MOST_OF_A_KIND)),
  ].flatMap(({ callId }) => callId ?? [])
  const named = new Set<string>()
  for (const callId of callIds) {
    if (named.size === most) break
    named.add(callId)
  }
  return named
}

/** A name for what findings say that say the same of several places. */
export function sayingOf({ severity, rule, kind, title, remedy, references }: Finding): string {
  return JSON.stringify([severity, rule, kind, title, remedy, references])
}

/** Findings that say the same together; the groups worst first. */
function groupsOf(findings: Iterable<Finding>): (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>()
  for (const finding of findings) {
    addToList(groups, sayingOf(finding), finding)
  }
  return [...groups.values()]
    .map((group) => ({
      group,
      weight: findingWeight(group[0]),
      calls: callsOf(group),
      follows: Number(isConsequence(group[0])),
    }))
    .sort((a, b) => b.weight - a.weight || b.calls - a.calls || a.follows - b.follows)
    .map(({ group }) => group)
}

function callsOf(group: readonly Finding[]): number {
  return new Set(group.flatMap(({ callId }) => callId ?? [])).size
}

/** Where findings may be. */
export interface Places {
  /** When the calls began that something was found about, by Call-ID. */
  readonly startTimes: ReadonlyMap<string, string>
  readonly captures: LargeReport['captures']
}

export function placesOf({ calls, findings, captures }: LargeReport): Places {
  const found = new Set([...findings].map(({ callId }) => callId))
  const startTimes = new Map<string, string>()
  for (const { callId, startTime } of calls) if (found.has(callId)) startTimes.set(callId, startTime)
  return { startTimes, captures }
}

function groupLines(group: readonly Finding[], places: Places, options: TextOptions, paint: Paint): string[] {
  const { width } = options
  const { severity, rule, kind, title, remedy, references } = group[0]
  const times = group.length > 1 ? `, ${count(group.length, 'time')}` : ''
  const head = escapeText(`${severity} ${rule}${kind === undefined ? '' : ` (${kind})`}${times}: ${title}`)
  const shown = options.verbose ? group : group.slice(0, MOST_OF_A_KIND)
  const rest = group.length - shown.length
  const bullet = group.length > 1 ? '  - ' : '  '
  return [
    ...wrap(head, width, '', 2).map((line, n) =>
      n === 0 ? `${paint(SEVERITY_INKS[severity], severity)}${line.slice(severity.length)}` : line,
    ),
    ...shown.flatMap((finding) => [
      ...wrap(escapeText(finding.detail), width, bullet),
      ...whereLines(finding, places, width, bullet.length).map((line) => paint('dim', line)),
    ]),
    ...(rest > 0 ? [`  ${count(rest, 'more place')}; --verbose shows all.`] : []),
    ...wrap(escapeText(remedy), width, '  mend:  ', 9),
    ...(references.length === 0
      ? []
      : wrap(escapeText(references.map(unbroken).join(', ')), width, '  see:   ', 9)
    ).map((line) => paint('dim', line)),
    '',
  ]
}

/** `RFC 4568 §6.1` means nothing in two lines. */
function unbroken(reference: string): string {
  return reference.replaceAll(' ', NO_BREAK)
}

function whereLines(finding: Finding, { startTimes, captures }: Places, width: number, indent: number): string[] {
  const { callId, capture, frames } = finding
  const parts = [
    callId === undefined ? '' : callText(callId, startTimes.get(callId)),
    framesText(frames, capture === undefined ? undefined : captures[capture]?.path),
  ].filter((part) => part !== '')
  if (parts.length === 0) return []
  return wrap(escapeText(parts.join('; ')), width, `${' '.repeat(indent)}where: `)
}

function callText(callId: string, startTime: string | undefined): string {
  return startTime === undefined ? `call ${callId}` : `call ${callId} of ${startTime.slice(11, 19)}`
}

/** `frames 9, 10, 11, … of b.pcap`: the first few, and the capture where there are several. */
function framesText(frames: readonly number[], path: string | undefined): string {
  if (frames.length === 0) return ''
  const shown = frames.slice(0, MOST_FRAMES).join(', ')
  const more = frames.length > MOST_FRAMES ? ', …' : ''
  return `${frames.length === 1 ? 'frame' : 'frames'} ${shown}${more}${path === undefined ? '' : ` of ${path}`}`
}
