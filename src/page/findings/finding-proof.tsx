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

/** Facts in a line: lists by commas, what has parts by the names of these. */
function evidenceText(value: unknown): string {
  if (Array.isArray(value))
    return value.map(evidenceText).join(value.some((one) => typeof one === 'object') ? '; ' : ', ')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, part]) => `${wordsOf(name)} ${evidenceText(part)}`)
    .join(', ')
}
