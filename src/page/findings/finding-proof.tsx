import { escapeText } from '../../report/escape.ts'
import type { PageFinding } from '../../report/html/page-index.ts'

/** What proves a finding: the frames, as Wireshark takes them, and the evidence. */
export function FindingProof({
  finding,
  capture,
}: {
  readonly finding: PageFinding
  readonly capture?: string | undefined
}) {
  const { frames, evidence } = finding
  const entries = Object.entries(evidence)
  return (
    <dl class="proof">
      {frames.length > 0 && (
        <div>
          <dt>{frames.length === 1 ? 'frame' : 'frames'}</dt>
          <dd>
            <code>
              {frames.length === 1 ? `frame.number == ${frames[0]}` : `frame.number in {${frames.join(', ')}}`}
            </code>
            {capture !== undefined && <> of {capture}</>}
          </dd>
        </div>
      )}
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{wordsOf(name)}</dt>
          <dd>
            <code>{evidenceText(value)}</code>
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** `used key fingerprint` of `usedKeyFingerprint`. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => ` ${letters.toLowerCase()}`)
}

function evidenceText(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) return value.join(', ')
  return escapeText(JSON.stringify(value)).replace(/"/g, '')
}
