import { hash } from 'node:crypto'
import type { Malformed } from '../sip/message.ts'
import type { MessageFacts } from '../sip/message-facts.ts'
import type { BodyPart } from '../sip/multipart.ts'
import type { SessionDescription } from './description.ts'
import { parseSdp } from './parse.ts'

/** The session description that a message carries, with a digest of its octets that tells a copy from another one. */
export interface SessionBody {
  readonly description: SessionDescription
  readonly digest: string
  /** Its octets: a view of the message's, which is not kept. */
  readonly bytes: Uint8Array
}

/**
 * The description of the session, also out of a multipart body (RFC 5621 §3.1); of several the last one
 * where they are alternatives, best last (RFC 2046 §5.1.4), else the first. Early-session
 * descriptions (RFC 3959) belong to an exchange of their own and are passed over. Undefined where there is none.
 */
export function readSessionBody(message: MessageFacts): SessionBody | Malformed | undefined {
  if (message.bodyLength === 0) return undefined
  const part = sessionPart(message)
  if (!part || part.bytes.length === 0) return undefined
  const description = parseSdp(part.bytes, message.truncated)
  if (description.kind === 'malformed') return description
  return { description, digest: hash('sha1', part.bytes, 'base64'), bytes: part.bytes }
}

/** The part of a body that describes the session. */
export function sessionPart({ contentType, parts }: MessageFacts): BodyPart | undefined {
  // As nearly everyone has it.
  if (parts.length === 1) return isSession(parts[0]) ? parts[0] : undefined
  const ofSession = parts.filter(isSession)
  return contentType === 'multipart/alternative' ? ofSession.at(-1) : ofSession[0]
}

/** RFC 3261 §20.11: a body without Content-Disposition, of type application/sdp, is `session`. */
function isSession({ contentType, disposition = 'session', bytes }: BodyPart): boolean {
  if (disposition !== 'session') return false
  // A missing Content-Type breaks RFC 3261 §20.15, yet `v=0` leaves no doubt.
  return contentType === 'application/sdp' || (contentType === '' && bytes[0] === 0x76 && bytes[1] === 0x3d)
}
