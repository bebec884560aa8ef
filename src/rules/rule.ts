import type { FrameRef } from '../bytes/frame-ref.ts'
import type { Analysis } from '../model/analysis.ts'
import type { Finding, Severity } from '../model/report.ts'

/** What a rule is about, for `srtp-scan rules ID` and the documentation. */
export interface RuleText {
  readonly id: string
  /** Of the worst it says. */
  readonly severity: Severity
  readonly title: string
  /** What it means, and how it shows. */
  readonly meaning: string
  readonly shows: string
  readonly causes: readonly string[]
  /** What to change. */
  readonly remedy: string
  readonly references: readonly string[]
  readonly kinds?: readonly string[]
}

/** A rule: a pure function from the facts to findings. It never touches packets. */
export interface Rule {
  readonly text: RuleText
  find(analysis: Analysis): Finding[]
}

/** What a rule says of one place. Frames are those that prove it. */
export interface Statement {
  readonly kind?: string
  readonly severity?: Severity
  readonly title?: string
  readonly detail: string
  readonly remedy?: string
  readonly callId?: string
  readonly streamId?: string
  readonly at?: readonly Pick<FrameRef, 'capture' | 'frame'>[]
  readonly evidence?: Readonly<Record<string, unknown>>
}

const FRAMES = 20

/** A finding of a rule; what the statement leaves open comes from the rule's text. */
export function finding(rule: RuleText, analysis: Analysis, statement: Statement): Finding {
  const { kind, callId, streamId, at = [], evidence = {} } = statement
  return {
    rule: rule.id,
    ...(kind !== undefined && { kind }),
    severity: statement.severity ?? rule.severity,
    title: statement.title ?? rule.title,
    detail: statement.detail,
    remedy: statement.remedy ?? rule.remedy,
    ...(callId !== undefined && { callId }),
    ...(streamId !== undefined && { streamId }),
    ...(analysis.severalCaptures && at.length > 0 && { capture: at[0].capture }),
    // Frame numbers are those of one capture.
    frames: [...new Set(at.filter(({ capture }) => capture === at[0].capture).map(({ frame }) => frame))].slice(
      0,
      FRAMES,
    ),
    evidence,
    references: rule.references,
  }
}
