import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { Severity } from '../../model/report.ts'
import type { AnalysedHandshake } from '../../model/tls-facts.ts'
import type { AlertFacts, TlsSender } from '../../tls/handshake-facts.ts'

export type FailureKind =
  | 'no-common-cipher'
  | 'no-common-version'
  | 'no-common-group'
  | 'unknown-ca'
  | 'bad-certificate'
  | 'certificate-required'
  | 'client-hello-cut'
  | 'not-tls'
  | 'closed'
  | 'other'

/** Why and where a handshake failed. */
export interface Failure {
  readonly kind: FailureKind
  readonly at: FrameRef
  readonly said: string
  /** The kind is a conclusion, not what an alert states. */
  readonly inferred?: boolean
  readonly evidence: Readonly<Record<string, unknown>>
  /** Where it is not what the rule says of all. */
  readonly remedy?: string
  readonly title?: string
  readonly severity?: Severity
}

/** An alert that ends a handshake, its name known, and who is spoken of. */
export interface Refusal {
  readonly handshake: AnalysedHandshake
  readonly alert: AlertFacts
  /** Who did not send it. */
  readonly other: TlsSender
  readonly description: number
  /** The alert, as it is named. */
  readonly name: string
  /** The sender, as it is named. */
  readonly who: string
}

/** What follows from an alert, beside what is known of any. */
export type Said = Omit<Failure, 'at' | 'evidence'> & Partial<Pick<Failure, 'evidence'>>

export function saying(kind: FailureKind, said: string, inferred = false): Said {
  return { kind, said, ...(inferred && { inferred }) }
}
