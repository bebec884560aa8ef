import type { BatchCapture, BatchIndex, BatchPeer, BatchRule } from '../../report/html/batch-index.ts'
import { count, formatNumber } from '../../report/layout.ts'
import { type FactColumn, FactsTable } from '../overview/facts-table.tsx'
import { FateBar } from '../overview/fate-bar.tsx'
import { PageBar } from '../page-bar.tsx'
import { SeverityMark } from '../severity-mark.tsx'
import { spanText } from '../words.ts'
import { Hours } from './hours.tsx'

const CAPTURES: readonly FactColumn<BatchCapture>[] = [
  { title: 'Capture', isProse: true, cell: ({ path, report }) => <Linked href={report} text={path} /> },
  {
    title: 'Worst findings',
    isProse: true,
    cell: ({ rules, lost, limits }) =>
      [rules, lost && `damaged: ${lost}`, limits && `limits reached: ${limits}`].filter(Boolean).join('; '),
  },
  { title: 'Errors', isNumber: true, cell: ({ totals }) => formatNumber(totals.findings.error) },
  { title: 'Warnings', isNumber: true, cell: ({ totals }) => formatNumber(totals.findings.warning) },
  { title: 'Calls', isNumber: true, cell: ({ totals }) => formatNumber(totals.calls) },
  { title: 'Faulty calls', isNumber: true, cell: ({ faulty }) => formatNumber(faulty) },
  { title: 'Verified', isNumber: true, cell: ({ totals }) => formatNumber(totals.verified) },
  { title: 'Failed', isNumber: true, cell: ({ totals }) => formatNumber(totals.failed) },
  { title: 'In the clear', isNumber: true, cell: ({ totals }) => formatNumber(totals.plain) },
  { title: 'Time (UTC)', cell: ({ firstTime, lastTime }) => spanText(firstTime, lastTime) },
]

const RULES: readonly FactColumn<BatchRule>[] = [
  {
    title: 'Finding',
    isProse: true,
    cell: ({ severity, title, rule, kind }) => (
      <>
        <SeverityMark severity={severity} />
        {title} <code class="rule">{kind === undefined ? rule : `${rule} · ${kind}`}</code>
      </>
    ),
  },
  { title: 'Times', isNumber: true, cell: ({ count: times }) => formatNumber(times) },
  { title: 'Captures', isNumber: true, cell: ({ captures }) => formatNumber(captures) },
  {
    title: 'Shows first',
    isProse: true,
    cell: ({ first: { report, capture, detail } }) => (
      <>
        {detail} <Linked href={report} text={capture} />
      </>
    ),
  },
]

const PEERS: readonly FactColumn<BatchPeer>[] = [
  { title: 'Address', cell: ({ address }) => address },
  { title: 'Errors', isNumber: true, cell: ({ error }) => formatNumber(error) },
  { title: 'Warnings', isNumber: true, cell: ({ warning }) => formatNumber(warning) },
  { title: 'Calls', isNumber: true, cell: ({ calls }) => formatNumber(calls) },
  { title: 'Captures', isNumber: true, cell: ({ captures }) => formatNumber(captures) },
  { title: 'Worst findings', isProse: true, cell: ({ rules }) => rules },
]

/** The summary of a batch: what is wrong where, and the way to each report. */
export function BatchView({ batch }: { readonly batch: BatchIndex }) {
  const { counts, totals, captures, rules, peers, hours, leftOut, firstTime, lastTime, version, anonymized } = batch
  const { error, warning } = totals.findings
  const clean = captures.filter(({ totals: { findings } }) => findings.error + findings.warning + findings.info === 0)
  return (
    <>
      <PageBar
        top="#summary"
        label="Parts of the summary"
        parts={{ Findings: '#rules', Captures: '#captures', Addresses: '#peers' }}
      />
      <main>
        <header class="summary" id="summary">
          <h1>
            {count(counts.reported, 'capture')}: {count(error, 'error')} and {count(warning, 'warning')}
          </h1>
          <p class="about">
            {count(totals.calls, 'call')}, {count(totals.streams, 'stream')}, {spanText(firstTime, lastTime)} UTC
            {anonymized && <>, anonymised</>}
            {batch.faultyCalls > 0 && (
              <>
                ; {count(batch.faultyCalls, 'call')} with errors of {batch.faultyCalls === 1 ? 'its' : 'their'} own
              </>
            )}
            {clean.length > 0 && <>; nothing was found in {count(clean.length, 'capture')}</>}
          </p>
          {counts.left > 0 && (
            <p class="warning">{count(counts.left, 'capture')} not reached; the same command goes on.</p>
          )}
          {batch.sharedCalls !== undefined && <p class="warning">{batch.sharedCalls}.</p>}
          <FateBar totals={totals} />
        </header>
        <Unread id="failed-title" title="Could not be read" lines={batch.failed} />
        <Unread id="broken-off-title" title="Not read to their end" lines={batch.brokenOff} />
        {rules.length > 0 && (
          <section id="rules" aria-labelledby="rules-title">
            <h2 id="rules-title">Findings</h2>
            <FactsTable label="Findings" columns={RULES} values={rules} />
          </section>
        )}
        <section id="captures" aria-labelledby="captures-title">
          <h2 id="captures-title">Captures, worst first</h2>
          <FactsTable label="Captures" columns={CAPTURES} values={captures} />
          <LeftOut number={leftOut.captures} word="capture" />
        </section>
        {hours.length > 1 && <Hours hours={hours} />}
        {peers.length > 0 && (
          <section id="peers" aria-labelledby="peers-title">
            <h2 id="peers-title">Addresses</h2>
            <FactsTable label="Addresses" columns={PEERS} values={peers} />
            <LeftOut number={leftOut.peers} word="address" many="addresses" />
          </section>
        )}
      </main>
      <footer>srtp-scan {version}. This file fetches nothing; the reports it leads to lie beside it.</footer>
    </>
  )
}

/** What there is no report of, or no whole one. */
function Unread({
  id,
  title,
  lines,
}: {
  readonly id: string
  readonly title: string
  readonly lines: readonly string[]
}) {
  return lines.length > 0 ? (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  ) : null
}

function Linked({ href, text }: { readonly href: string | undefined; readonly text: string }) {
  return href === undefined ? <span>{text}</span> : <a href={href}>{text}</a>
}

function LeftOut({ number, word, many }: { readonly number: number; readonly word: string; readonly many?: string }) {
  return number > 0 ? (
    <p class="calm">summary.json has {count(number, `more ${word}`, `more ${many ?? `${word}s`}`)}.</p>
  ) : null
}
