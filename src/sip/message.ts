import type { BodyPart } from './multipart.ts'
import type { NameAddress } from './name-address.ts'
import type { Via } from './via.ts'

/**
 * A value under construction. Optional members are assigned where they exist: spreading them in gives each object a
 * shape of its own, which costs more than all the parsing.
 */
export type Draft<Value> = { -readonly [Name in keyof Value]: Value[Name] }

/**
 * What a parser noticed about a message. `invalid`: the octets break a MUST of the section named. `note`: worth
 * knowing, and allowed (an unknown method, a missing optional header), or no doing of the sender's (a cut capture).
 */
export interface SipAnomaly {
  /** Stable, kebab-case. */
  readonly reason: string
  /** One sentence for people, with the section of the RFC. Holds no header value that may be a secret. */
  readonly text: string
  /** `limit`: a limit of this reader was reached (limits/sip-limits.ts), and something was not read. */
  readonly severity: 'invalid' | 'note' | 'limit'
}

/** Parameters after `;` by lower-case name, quotes removed. A parameter without `=` has the value ''. */
export type Parameters = ReadonlyMap<string, string>

/** One header line: full lower-case name (compact forms of RFC 3261 §7.3.3 expanded), value unfolded and trimmed. */
export type HeaderField = readonly [name: string, value: string]

/** A SIP message of RFC 3261 §7, as far as it could be understood. Immutable. */
export interface SipMessage {
  readonly kind: 'request' | 'response'
  /** The request's method; for a response that of CSeq, '' where that is missing. Case is kept (§7.1). */
  readonly method: string
  readonly requestUri?: string
  readonly status?: number
  readonly reason?: string
  /** `SIP/2.0`, as written. */
  readonly version: string
  /** '' when absent. */
  readonly callId: string
  readonly cseq?: CSeq
  readonly from?: NameAddress
  readonly to?: NameAddress
  /** Topmost first, over all Via lines. */
  readonly via: readonly Via[]
  readonly contact: readonly NameAddress[]
  /** `Contact: *` of a REGISTER (RFC 3261 §10.2.2). */
  readonly contactIsWildcard: boolean
  readonly route: readonly NameAddress[]
  readonly recordRoute: readonly NameAddress[]
  /** RFC 3262 §7.2 and §7.1. */
  readonly rack?: RAck
  readonly rseq?: number
  /** Media type, lower case, without parameters; absent where the message has no Content-Type. */
  readonly contentType?: string
  readonly contentTypeParams: Parameters
  /** The first Content-Length, where it is a number. */
  readonly contentLength?: number
  readonly userAgent?: string
  readonly server?: string
  /** RFC 7989 §5: the local UUID, and the remote one where given. */
  readonly sessionId?: string
  readonly replaces?: Replaces
  /** Values of the Reason header (RFC 3326): why a BYE or CANCEL was sent. */
  readonly reasons: readonly ReasonValue[]
  /** The octets after the empty line, no more than Content-Length says. A view of the parser's input: copy to keep. */
  readonly body: Uint8Array
  /** Leaf bodies: those of a multipart (RFC 5621 §3.1), or the single body. Empty where there is no body. */
  readonly parts: readonly BodyPart[]
  /** True where the capture does not hold all octets of the message. */
  readonly truncated: boolean
  /** Octets from the offset given to the end of the body, leading empty lines included. */
  readonly lengthBytes: number
  /** Every header line in order. */
  readonly headers: readonly HeaderField[]
  /** All values of a header by full name in any case (or compact form): one string a line, unfolded, not split at commas. */
  header(name: string): readonly string[]
  readonly anomalies: readonly SipAnomaly[]
}

export interface CSeq {
  readonly number: number
  readonly method: string
}

export interface RAck {
  readonly rseq: number
  readonly cseq: number
  readonly method: string
}

/** RFC 3891 §6.1. */
export interface Replaces {
  readonly callId: string
  readonly toTag: string
  readonly fromTag: string
}

export interface ReasonValue {
  /** `SIP`, `Q.850`, …, as written. */
  readonly protocol: string
  readonly cause?: number
  readonly text?: string
}

/** Octets that are no SIP message. `offset` counts from the start of the octets given to the parser. */
export interface Malformed {
  readonly kind: 'malformed'
  readonly reason: string
  readonly text: string
  readonly offset: number
}
