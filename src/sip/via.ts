import type { Parameters } from './message.ts'

/** One hop of the Via header (RFC 3261 §20.42, §18.2.1; RFC 3581). */
export interface Via {
  /** Upper case: UDP, TCP, TLS, SCTP, TLS-SCTP, WS, WSS or an extension. */
  readonly transport: string
  /** Lower case, without the brackets of an IPv6 literal. */
  readonly host: string
  readonly port?: number
  readonly branch?: string
  readonly params: Parameters
}
