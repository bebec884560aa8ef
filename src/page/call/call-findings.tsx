import { findingWeight, isConsequence } from '../../report/finding-weight.ts'
import { FindingProof } from '../findings/finding-proof.tsx'
import { References } from '../findings/references.tsx'
import type { CallDetail, PageReport } from '../report.ts'
import { callHash, findingPart, partId } from '../route.ts'
import { SeverityMark } from '../severity-mark.tsx'

interface Props {
  readonly report: PageReport
  readonly detail: CallDetail
  /** A stream or a finding that the address names. */
  readonly part: string | undefined
}

/** What was found of a call: each with its proof and its remedy. */
export function CallFindings({ report, detail, part }: Props) {
  const { captures, rows } = report.index
  const { row, streams } = detail
  const callId = rows.callId[row]
  const partOf = new Map(detail.findings.map((finding, n) => [finding, findingPart(rows.findings[row][n])]))
  const findings = [...detail.findings].sort(
    (a, b) => findingWeight(b) - findingWeight(a) || Number(isConsequence(a)) - Number(isConsequence(b)),
  )
  const known = new Set(streams.map(({ id }) => id))
  return (
    <aside class="found" aria-labelledby="call-findings">
      <h2 id="call-findings">Findings</h2>
      {findings.length === 0 && <p class="calm">Nothing was found of this call.</p>}
      {findings.map((finding) => {
        const { severity, rule, kind, title, detail: text, remedy, references, streamId, capture, frames } = finding
        const own = partOf.get(finding) as string
        return (
          <article
            key={`${rule} ${kind} ${streamId} ${frames[0]} ${text}`}
            class={severity}
            id={partId(own)}
            tabIndex={-1}
            aria-current={own === part ? 'true' : undefined}
          >
            <h3>
              <SeverityMark severity={severity} />
              {title}
            </h3>
            <p>{text}</p>
            <p class="remedy">
              <b>To mend it:</b> {remedy}
            </p>
            <details>
              <summary>
                Proof<span class="unseen"> of {title}</span>
              </summary>
              <FindingProof finding={finding} capture={capture === undefined ? undefined : captures[capture]?.path} />
            </details>
            <p class="sources">
              <a href={callHash(callId, own)} title="The address of this finding">
                <code class="rule">{kind === undefined ? rule : `${rule} · ${kind}`}</code>
              </a>
              {streamId !== undefined && known.has(streamId) && (
                <>
                  {' '}
                  <a href={callHash(callId, streamId)}>stream {streamId}</a>
                </>
              )}{' '}
              <References references={references} />
            </p>
          </article>
        )
      })}
    </aside>
  )
}
