import { columnsOf, cut, leftAligned, shownText } from '../../report/cells.ts'
import { count, formatNumber } from '../../report/layout.ts'
import { reachedLimits } from '../../report/reached-limits.ts'
import type { Ink, Paint } from './paint.ts'
import type { Picture } from './picture.ts'
import { SEVERITY } from './severity.ts'
import type { ScreenState } from './state.ts'
import { clockText, shortNumber } from './time-text.ts'

/** What stands over every list and page: the source, the clock of the trace, and the sums of the whole run. */
export function headerLines(state: ScreenState, paint: Paint): string[] {
  const { source, size, shown } = state
  const clock = shown === undefined ? '' : `${clockText(shown.snapshot.atUs)} UTC`
  const condition = [conditionOf(state), clock].filter((part) => part !== '').join('   ')
  const title = paint('inverse', ends(` srtp-scan live: ${shownText(source)}`, `${condition} `, size.columns))
  if (shown === undefined) return [title, '', '']
  return [title, parts(trafficOf(shown), size.columns, paint), parts(judgedOf(shown), size.columns, paint)]
}

/** Text at both ends of a line. */
export function ends(left: string, right: string, columns: number): string {
  const kept = cut(right, columns)
  return leftAligned(left, columns - columnsOf(kept)) + kept
}

function conditionOf({ ending, paused, shown, latest }: ScreenState): string {
  if (ending) return 'ENDING: the report is being made'
  if (!paused) return ''
  const behindUs = (latest?.snapshot.atUs ?? 0) - (shown?.snapshot.atUs ?? 0)
  return behindUs >= 1_000_000 ? `PAUSED, ${formatNumber(Math.floor(behindUs / 1e6))} s behind` : 'PAUSED'
}

type Part = readonly [ink: Ink | undefined, text: string]

/** Octets that wait inside, below which there is nothing to see. */
const WORTH_SAYING = 1_000_000
const GOES_ON: ReadonlySet<string> = new Set(['early', 'established', 'incomplete'])

function trafficOf({ snapshot, pace, running }: Picture): Part[] {
  const { report, source, queues } = snapshot
  const { frames, calls } = report.totals
  const rate = pace.perSecond === undefined ? '' : ` (${shortNumber(pace.perSecond)}/s)`
  const goingOn = running.filter(({ endTime, state }) => endTime === undefined && GOES_ON.has(state)).length
  const limits = reachedLimits(report.anomalies).length
  const waiting = queues.signallingBytes + queues.deferredBytes
  return [
    [undefined, `packets ${formatNumber(frames)}${rate}`],
    source.dropped === undefined
      ? [undefined, 'drops unknown']
      : [source.dropped > 0 ? 'red' : undefined, `drops ${formatNumber(source.dropped)}`],
    ...(limits === 0 ? [] : [[SEVERITY.warning.ink, count(limits, 'limit reached', 'limits reached')] as const]),
    [undefined, `calls ${formatNumber(goingOn)} running, ${formatNumber(calls - goingOn)} ended`],
    ...(waiting < WORTH_SAYING ? [] : [[undefined, `waiting ${shortNumber(waiting)}B`] as const]),
  ]
}

function judgedOf({ snapshot }: Picture): Part[] {
  const { verified, failed, plain, unverified, findings } = snapshot.report.totals
  const { error, warning, info } = findings
  return [
    [undefined, `verified ${formatNumber(verified)}`],
    [failed > 0 ? 'red' : undefined, `failed ${formatNumber(failed)}`],
    [undefined, `plain ${formatNumber(plain)}`],
    ...(unverified === 0 ? [] : [[undefined, `unverified ${formatNumber(unverified)}`] as const]),
    [error > 0 ? SEVERITY.error.ink : undefined, count(error, 'error')],
    [warning > 0 ? SEVERITY.warning.ink : undefined, count(warning, 'warning')],
    [undefined, `${formatNumber(info)} info`],
  ]
}

const BETWEEN = '   '

/** As many parts as there is room for. */
function parts(all: readonly Part[], columns: number, paint: Paint): string {
  let left = columns - 1
  const shown: string[] = []
  for (const [ink, text] of all) {
    left -= columnsOf(text) + (shown.length > 0 ? BETWEEN.length : 0)
    if (left < 0) break
    shown.push(paint(ink, text))
  }
  return ` ${shown.join(BETWEEN)}`
}
