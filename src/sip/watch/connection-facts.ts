import type { FrameRef } from '../../bytes/frame-ref.ts'

/** Connections that one host asked another for in vain. */
export interface FailedConnections {
  readonly source: string
  readonly destination: string
  readonly port: number
  /** How many came about beside them. */
  readonly made: number
  /** Attempts that RST answered, those that nothing did, and those of which that is not sure: of a single SYN, or at the end. */
  readonly refused: number
  readonly unanswered: number
  readonly unsure: number
  /** Of those that nothing answered the one of most SYNs. */
  readonly longest?: { readonly syns: number; readonly spanUs: number }
  readonly at: readonly FrameRef[]
}

/** Connections to a port of SIP that were in use, and on which one side spoke to the other in vain. */
export interface LostConnections {
  readonly source: string
  readonly destination: string
  /** Of the server, where that is the destination. */
  readonly port: number | undefined
  /** The same octets were sent again and again, and nothing came back. */
  readonly silent: number
  /** RST answered the first octets after a long silence. */
  readonly reset: number
  /** What was sent most often: over which time, how long nobody had spoken before, and how many octets it has. */
  readonly longest: {
    readonly times: number
    readonly spanUs: number
    readonly idleUs: number
    readonly octets: number
  }
  readonly at: readonly FrameRef[]
}

export interface TcpAnswer {
  readonly kind: 'SYN-ACK' | 'RST'
  /** The side that was called, and its port. */
  readonly source: string
  readonly port: number
  readonly destination: string
  readonly count: number
  readonly at: readonly FrameRef[]
}
