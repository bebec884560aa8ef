import { lossesOf } from '../../report/capture-losses.ts'
import { count, formatNumber, keptToText } from '../../report/layout.ts'
import { reachedLimits } from '../../report/reached-limits.ts'
import type { PageReport } from '../report.ts'
import { spanText } from '../words.ts'
import { FateBar } from './fate-bar.tsx'

/** What the report says in a few words, before anything else. */
export function Summary({ report }: { readonly report: PageReport }) {
  const { totals, captures, policies, anonymized, keptTo, anomalies } = report.index
  const limits = reachedLimits(anomalies).length
  const times = captures.flatMap(({ firstTime, lastTime }) => [firstTime ?? [], lastTime ?? []].flat()).sort()
  const lacking = captures.filter((capture) => lossesOf(capture).some(({ kind }) => kind !== 'lost'))
  const lost = captures.filter((capture) => capture.lost !== undefined).length
  return (
    <header class="summary">
      <h1>{headline(report)}</h1>
      <p class="about">
        {captures.length === 1 ? captures[0].path : count(captures.length, 'capture')}
        {times.length > 0 && <>, {spanText(times[0], times.at(-1))} UTC</>}
        {anonymized && <>, anonymised</>}
        {policies !== undefined && <>, held to {policies.join(', ')}</>}
      </p>
      {keptTo !== undefined && <p class="warning">{keptToText(keptTo)}.</p>}
      {lost > 0 && (
        <p class="warning">
          <a href="#captures">
            {captures.length === 1
              ? 'The capture is damaged'
              : `${count(lost, 'capture')} of ${captures.length} are damaged`}
            : what is missing may be missing here only.
          </a>
        </p>
      )}
      {lacking.length > 0 && (
        <p class="warning">
          <a href="#captures">
            {captures.length === 1
              ? lossesOf(captures[0])
                  .flatMap(({ kind, text }) => (kind === 'lost' ? [] : text))
                  .join('; ')
              : `${count(lacking.length, 'capture')} of ${captures.length} lack frames or parts of them`}
          </a>
        </p>
      )}
      {limits > 0 && (
        <p class="warning">
          <a href="#limits">{count(limits, 'limit was', 'limits were')} reached</a>: the report is not of the whole
          trace.
        </p>
      )}
      <FateBar totals={totals} />
      <ul class="figures" aria-label="Figures">
        <Figure value={totals.calls} word="call" href="#calls" />
        <Figure value={totals.streams} word="stream" />
        <Figure value={totals.sipMessages} word="SIP message" />
        <Figure value={totals.rtp + totals.rtcp} word="media packet" />
        <Figure value={totals.frames} word="frame" href="#captures" />
      </ul>
    </header>
  )
}

function Figure({ value, word, href }: { readonly value: number; readonly word: string; readonly href?: string }) {
  const text = (
    <>
      <b>{formatNumber(value)}</b> {value === 1 ? word : `${word}s`}
    </>
  )
  return <li>{href === undefined ? text : <a href={href}>{text}</a>}</li>
}

/** `Errors in 3 of 8 calls`. */
function headline({ index: { totals, groups, rows } }: PageReport): string {
  const { error, warning } = totals.findings
  const isOf = (severity: string) => (row: readonly number[]) =>
    row.some((group) => groups[group].severity === severity)
  const [word, number] = error > 0 ? (['error', error] as const) : (['warning', warning] as const)
  if (number === 0)
    return `No errors and no warnings${totals.calls === 0 ? '; no calls' : ` in ${count(totals.calls, 'call')}`}`
  const other = error > 0 && warning > 0 ? ` and ${count(warning, 'warning')}` : ''
  if (totals.calls === 0) return `${count(number, word)}${other}; no calls`
  const calls = rows.groups.filter(isOf(word)).length
  if (calls === 0) return `${count(number, word)}${other}: no ${word} of one call alone`
  const where =
    totals.calls === 1
      ? 'in the one call'
      : `in ${calls === totals.calls ? 'all' : `${formatNumber(calls)} of`} ${count(totals.calls, 'call')}`
  return `${count(number, word)}${other}: ${word === 'error' ? 'errors' : 'warnings'} ${where}`
}
