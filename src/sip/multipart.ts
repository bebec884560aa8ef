import type { Parameters } from './message.ts'

/** A leaf body. */
export interface BodyPart {
  /** Media type, lower case, without parameters; '' where none is given. */
  readonly contentType: string
  readonly contentTypeParams: Parameters
  /** A view of the message's octets. */
  readonly bytes: Uint8Array
  /** Content-Disposition's type, lower case (RFC 3261 §20.11): `session`, `render`, `early-session`, … */
  readonly disposition?: string
}
