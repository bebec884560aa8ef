/** The layer that noticed something in the traffic. */
export type TrafficLayer = 'capture' | 'net' | 'tls' | 'sip' | 'sdp' | 'rtp' | 'srtp' | 'media'

/**
 * A ceiling on what a trace can make the scan keep or read. A trace is what an attacker sent: whatever it can add to
 * without end has a ceiling here, and reaching one is stated in the report with the number of what was dropped.
 */
export interface Limit {
  /** The ceiling. Where `perMegabyte` is given: with the default of --max-memory. */
  readonly most: number
  /** The ceiling follows --max-memory: so many for each of its megabytes (2^20 octets). */
  readonly perMegabyte?: number
  /** However little memory there is. */
  readonly least?: number
  /**
   * How long something is waited for. Every trace in which packets were lost comes to its end, so it is told as any other
   * anomaly, not as what a ceiling took away.
   */
  readonly isPatience?: true
  /** What is counted, as it follows the number: `TCP connections at a time`. */
  readonly of: string
  /** What is dropped beyond it and what goes on, as it follows the count: `connections given up, …`. */
  readonly dropped: string
  /** The anomaly of the report that says that it was reached; its count is the number of what was dropped. */
  readonly anomaly: { readonly layer: TrafficLayer; readonly reason: string }
}
