import { useEffect, useState } from 'preact/hooks'
import type { Severity } from '../../model/report.ts'
import { findingWeight } from '../../report/finding-weight.ts'
import type { FindingGroup, PageFinding } from '../../report/html/page-index.ts'
import { count } from '../../report/layout.ts'
import { Unprinted } from '../printing.tsx'
import type { PageReport } from '../report.ts'
import { callHash, findingPart } from '../route.ts'
import { SeverityMark } from '../severity-mark.tsx'
import { onlyDay, SEVERITY_WORDS, spanText, timeOfDay } from '../words.ts'
import { FindingProof } from './finding-proof.tsx'
import { References } from './references.tsx'

/** Findings of a group that are shown at first, and further ones at a time. */
const FIRST = 3
const FURTHER = 20

interface Props {
  readonly report: PageReport
  /** Shows the calls of a group in the table. */
  readonly onShowCalls: (group: number) => void
}

/** All that was found, worst and most frequent first: what, how often, since when, about whom; opened, the proof and the remedy. */
export function FindingGroups({ report, onShowCalls }: Props) {
  const { groups } = report.index
  if (groups.length === 0) return <p class="calm">Nothing was found.</p>
  const numbered = groups
    .map((group, number) => ({ group, number }))
    .sort(
      ({ group: a }, { group: b }) =>
        findingWeight(b) - findingWeight(a) ||
        b.calls - a.calls ||
        Number(a.isConsequence ?? false) - Number(b.isConsequence ?? false),
    )
  const day = onlyDay(groups.flatMap(({ firstTime = [], lastTime = [] }) => [firstTime, lastTime].flat()))
  return (
    <>
      {(Object.keys(SEVERITY_WORDS) as Severity[]).map((severity) => {
        const some = numbered.filter(({ group }) => group.severity === severity)
        return (
          some.length > 0 && (
            <section key={severity} aria-labelledby={`findings-${severity}`}>
              <h3 id={`findings-${severity}`} class={severity}>
                {SEVERITY_WORDS[severity].many}
              </h3>
              {some.map(({ group, number }) => (
                <Group key={number} report={report} group={group} day={day} onShowCalls={() => onShowCalls(number)} />
              ))}
            </section>
          )
        )
      })}
    </>
  )
}

interface GroupProps {
  readonly report: PageReport
  readonly group: FindingGroup
  /** The date of all that was found, where it is one. */
  readonly day: string
  readonly onShowCalls: () => void
}

function Group({ report, group, day, onShowCalls }: GroupProps) {
  const { severity, rule, kind, title, remedy, references, calls } = group
  const [shown, setShown] = useState(FIRST)
  const [findings, setFindings] = useState<readonly PageFinding[]>([])
  useEffect(() => {
    void report.findings.all(group.findings.slice(0, shown)).then(setFindings)
  }, [report, group, shown])
  const rest = group.findings.length - findings.length
  return (
    <details class={`group ${severity}`}>
      <summary>
        <SeverityMark severity={severity} />
        <span class="said">
          <span class="title">{title}</span> <code class="rule">{kind === undefined ? rule : `${rule} · ${kind}`}</code>
        </span>
        <span class="often">{often(group)}</span>
        <span class="when">{spanText(group.firstTime, group.lastTime, day)}</span>
        <span class="who">{peersText(group)}</span>
      </summary>
      <div class="inside">
        <p class="remedy">
          <b>To mend it:</b> {remedy}
        </p>
        <p class="sources">
          See <References references={references} />
          {calls > 0 && (
            <button type="button" onClick={onShowCalls}>
              {calls === 1 ? 'Show its call' : `Show its ${count(calls, 'call')}`}
            </button>
          )}
        </p>
        <ul class="places">
          {findings.map((finding, n) => (
            <li key={group.findings[n]}>
              <Place report={report} finding={finding} number={group.findings[n]} />
            </li>
          ))}
        </ul>
        {rest > 0 && findings.length > 0 && (
          <>
            <button type="button" onClick={() => setShown(findings.length + FURTHER)}>
              Show {Math.min(rest, FURTHER)} of {count(rest, 'further place')}
            </button>
            <Unprinted text={count(rest, 'further place')} />
          </>
        )}
      </div>
    </details>
  )
}

interface PlaceProps {
  readonly report: PageReport
  readonly finding: PageFinding
  /** The finding's in the report. */
  readonly number: number
}

/** One finding of a group: where, and what proves it. */
function Place({ report, finding, number }: PlaceProps) {
  const { rows, captures } = report.index
  const { row, detail, capture } = finding
  return (
    <>
      <p>
        {detail}
        {row !== undefined && (
          <>
            {' '}
            <a href={callHash(rows.callId[row], findingPart(number))}>
              Call of {timeOfDay(rows.startTime[row])}: {rows.callId[row]}
            </a>
          </>
        )}
      </p>
      <FindingProof finding={finding} capture={capture === undefined ? undefined : captures[capture]?.path} />
    </>
  )
}

/** `8 calls`, `2 times in 1 call`. */
function often({ calls, count: times }: FindingGroup): string {
  if (calls === times) return count(calls, 'call')
  return calls === 0 ? count(times, 'time') : `${count(times, 'time')} in ${count(calls, 'call')}`
}

/** Addresses in what there is room for. */
function peersText({ peers, morePeers }: FindingGroup): string {
  const more = morePeers + Math.max(0, peers.length - 2)
  return peers.slice(0, 2).join(', ') + (more > 0 ? ` and ${count(more, 'other')}` : '')
}
