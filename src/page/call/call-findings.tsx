import { findingWeight, isConsequence } from '../../report/finding-weight.ts'
import { FindingProof } from '../findings/finding-proof.tsx'
import { References } from '../findings/references.tsx'
import type { CallDetail, PageReport } from '../report.ts'
import { SeverityMark } from '../severity-mark.tsx'

/** What was found of a call: each with its proof and its remedy. */
export function CallFindings({ report, detail }: { readonly report: PageReport; readonly detail: CallDetail }) {
  const { captures } = report.index
  const { streams } = detail
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
        return (
          <article key={`${rule} ${kind} ${streamId} ${frames[0]} ${text}`} class={severity}>
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
              <code class="rule">{kind === undefined ? rule : `${rule} · ${kind}`}</code>
              {streamId !== undefined && known.has(streamId) && <span> stream {streamId}</span>}{' '}
              <References references={references} />
            </p>
          </article>
        )
      })}
    </aside>
  )
}
