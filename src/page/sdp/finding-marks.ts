import type { Finding } from '../../model/report.ts'
import type { Mark, MarkContext } from './mark.ts'
import type { SdpLine } from './sdp-lines.ts'

/** The kind of line that a rule speaks of. */
const LINES_OF_RULES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...['crypto-mismatch', 'sdes-key-exposed', 'srtp-weak-suite', 'srtp-null-cipher', 'srtp-suite-policy'],
      ...['srtp-key-lifetime', 'srtp-key-reuse'],
    ].map((rule) => [rule, 'a=crypto']),
  ),
  ...Object.fromEntries(['nat-private-address', 'media-address-mismatch'].map((rule) => [rule, 'c'])),
  ...Object.fromEntries(
    [
      ...['rtp-avp-leak', 'rtp-plain', 'srtp-optional', 'srtp-retried-plain', 'call-refused-for-media'],
      ...['codec-not-negotiated', 'codec-policy', 'media-port-policy'],
    ].map((rule) => [rule, 'm']),
  ),
  'keying-not-visible': 'a=fingerprint',
}

/** Findings that name the frame of a description, at the lines of it that they speak of. */
export function findingMarks(context: MarkContext): Map<number, Mark[]> {
  const { session, side, findings, lines } = context
  const frame = side === 'offer' ? session.offerFrame : session.answerFrame
  const marks = new Map<number, Mark[]>()
  for (const finding of findings) {
    const kind = LINES_OF_RULES[finding.rule]
    if (kind === undefined || !isAt(finding, frame, session.capture)) continue
    const fitting = ofSection(
      lines.filter((line) => line.kind === kind),
      sectionOf(finding, context),
    )
    for (const { index } of namedBy(finding, fitting)) {
      const mark: Mark = { tone: finding.severity, text: finding.title }
      const known = marks.get(index) ?? []
      if (!known.some(({ text }) => text === mark.text)) marks.set(index, [...known, mark])
    }
  }
  return marks
}

/** The m= section that a finding is of, where it is of one. */
function sectionOf({ evidence, streamId }: Finding, { streams }: MarkContext): number | undefined {
  if (typeof evidence.mediaIndex === 'number') return evidence.mediaIndex
  return streamId === undefined ? undefined : streams.find(({ id }) => id === streamId)?.mediaIndex
}

/** What a section does not say itself is said before the first (RFC 8866 §5.7). */
function ofSection(lines: readonly SdpLine[], wanted: number | undefined): readonly SdpLine[] {
  if (wanted === undefined) return lines
  const own = lines.filter(({ section }) => section === wanted)
  return own.length > 0 ? own : lines.filter(({ section }) => section < 0)
}

/** The lines with the address, the port, the keys, the tag or the suite that a finding names; where it names none, the first. */
function namedBy({ detail, evidence }: Finding, lines: readonly SdpLine[]): readonly SdpLine[] {
  const { address, port, tag, suite } = evidence
  // What stands in none was given elsewhere: in a=rtcp, in Contact, by the other side.
  if (typeof address === 'string') return lines.filter(({ value }) => wordsOf(value).includes(address))
  if (typeof port === 'number') return lines.filter(({ value }) => wordsOf(value).includes(`${port}`))
  const named = lines.filter(({ text }) => {
    const [, fingerprint] = /\[key ([\da-f]{8})\]/.exec(text) ?? []
    return fingerprint !== undefined && detail.includes(fingerprint)
  })
  if (named.length > 0) return named
  const having =
    typeof tag === 'number'
      ? lines.filter(({ value }) => wordsOf(value)[0] === `${tag}`)
      : lines.filter(({ value }) => typeof suite === 'string' && wordsOf(value).includes(suite))
  return (having.length > 0 ? having : lines).slice(0, 1)
}

function wordsOf(text: string): readonly string[] {
  return text.split(/[\s/]+/)
}

function isAt({ frames, capture }: Finding, frame: number | undefined, ofSession: number | undefined): boolean {
  if (frame === undefined || !frames.includes(frame)) return false
  return capture === undefined || ofSession === undefined || capture === ofSession
}
