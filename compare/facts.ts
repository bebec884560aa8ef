/** What two programs are asked about a capture: the facts that both can state. */
export interface Facts {
  readonly frames: number
  readonly sip: readonly SipMessage[]
  /** RTP streams by `source > destination SSRC`. */
  readonly streams: ReadonlyMap<string, StreamCounts>
  /** How many ServerHellos chose a version, by `server version`. */
  readonly tls: ReadonlyMap<string, number>
}

export interface SipMessage {
  /** The frame that completed it, 1-based. */
  readonly frame: number
  /** The method of a request, the status of a response. */
  readonly label: string
}

export interface StreamCounts {
  readonly packets: number
  /** Packets that the sequence numbers ask for and that did not come (RFC 3550 §6.4.1); below 0 where copies are counted. */
  readonly lost: number
}

/** How a stream is called by both: `192.0.2.10:16404 > 198.51.100.20:20004 0x1234abcd`, `[v6]:port`. */
export function streamLabel(source: string, destination: string, ssrc: string): string {
  return `${source} > ${destination} ${ssrc.toLowerCase()}`
}

export function endpoint(address: string, port: string | number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
