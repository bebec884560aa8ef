/** A frame as tshark sees it, with what a reason may rest on. */
export interface SeenFrame {
  /** Cut by the snap length. */
  readonly isCut: boolean
  /** Dissectors from the outside in: `eth:ethertype:ip:udp:sip`. */
  readonly protocols: readonly string[]
  /** Endpoints of the outermost transport; '' where there is none. */
  readonly source: string
  readonly destination: string
  readonly rtp: readonly { readonly ssrc: string; readonly sequenceNumber: number }[]
  /** SSRC of datagrams that tshark takes for nothing, or for something else, where their octets are those of RTP version 2. */
  readonly rtpOctets?: { readonly ssrc: string; readonly sequenceNumber: number }
  /** tshark shows no SIP where the octets begin with the first line of a message (RFC 3261 §7). */
  readonly hasSipOctets: boolean
  /** The protocol is quoted in an ICMP error (RFC 792, RFC 4443). */
  readonly isQuoted: boolean
}
