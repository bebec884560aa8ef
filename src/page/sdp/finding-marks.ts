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

/**
 * Findings that name the frame of a description, at the line of it that they speak of: where their text has the fingerprint
 * of a key at that key's line, else at the first.
 */
export function findingMarks(lines: readonly SdpLine[], { session, side, findings }: MarkContext): Map<number, Mark[]> {
  const frame = side === 'offer' ? session.offerFrame : session.answerFrame
  const marks = new Map<number, Mark[]>()
  for (const finding of findings) {
    const kind = LINES_OF_RULES[finding.rule]
    if (kind === undefined || !isAt(finding, frame, session.capture)) continue
    const fitting = lines.filter((line) => line.kind === kind)
    const named = fitting.filter(({ text }) => {
      const [, fingerprint] = /\[key ([\da-f]{8})\]/.exec(text) ?? []
      return fingerprint !== undefined && finding.detail.includes(fingerprint)
    })
    for (const { index } of named.length > 0 ? named : fitting.slice(0, 1)) {
      const mark: Mark = { tone: finding.severity, text: finding.title }
      const known = marks.get(index) ?? []
      if (!known.some(({ text }) => text === mark.text)) marks.set(index, [...known, mark])
    }
  }
  return marks
}

function isAt({ frames, capture }: Finding, frame: number | undefined, ofSession: number | undefined): boolean {
  if (frame === undefined || !frames.includes(frame)) return false
  return capture === undefined || ofSession === undefined || capture === ofSession
}
