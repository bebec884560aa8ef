import type { FrameRef } from '../bytes/frame-ref.ts'

export type FailureKind =
  | 'no-common-cipher'
  | 'no-common-version'
  | 'no-common-group'
  | 'unknown-ca'
  | 'bad-certificate'
  | 'certificate-required'
  | 'client-hello-cut'
  | 'not-tls'
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
}
