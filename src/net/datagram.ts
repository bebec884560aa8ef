/** What the decoder found in a record. */
export const Payload = {
  /** Nothing this tool reads: ARP, an echo, an unknown link type, a fragment that is not the last one, … */
  None: 0,
  Udp: 1,
  Tcp: 2,
  /** A whole SIP message that was taken out of its connection: an exported PDU. */
  Message: 3,
  /** An ICMP error, from its type on: what it quotes of a datagram is none itself. */
  Icmp: 4,
} as const
export type Payload = (typeof Payload)[keyof typeof Payload]

/** Why a record yielded no datagram. Stated as a count in the report, never an exception. */
export const Decode = {
  Ok: 0,
  /** A protocol this tool does not read (ARP, echoes, LLDP, …): no fault. */
  Other: 1,
  /** The link type is not known. */
  UnknownLinkType: 2,
  /** A length field contradicts the octets that are there. */
  Malformed: 3,
  /** Headers cut by the snap length. */
  Cut: 4,
  /** An IP fragment, kept until its datagram is whole. */
  Fragment: 5,
  /** More headers, or tags of an exported PDU, than are read (limits.ts: headersOfFrame, tagsOfExportedPdu). */
  TooManyHeaders: 6,
  TooManyTags: 7,
} as const
export type Decode = (typeof Decode)[keyof typeof Decode]

/** The flags of TCP that matter here (RFC 9293 §3.1). */
export const TcpFlag = { Fin: 0x01, Syn: 0x02, Rst: 0x04, Ack: 0x10 } as const

/**
 * The innermost UDP datagram or TCP segment of a record. One mutable instance per decoder, refilled per packet.
 * Addresses are offsets to 4 or 16 octets in `bytes`, so that nothing is copied.
 */
export interface Datagram {
  payload: Payload
  decode: Decode
  /** The octets that all offsets point into: the slab, or the reassembly buffer of a fragmented datagram. */
  bytes: Uint8Array
  /** True where the datagram was put together from IP fragments: `bytes` is then not the slab and is valid until the next decode. */
  reassembled: boolean
  /** 4 or 16. */
  addressLength: number
  sourceAddressOffset: number
  destinationAddressOffset: number
  sourcePort: number
  destinationPort: number
  /** UDP: which way through a TURN server it takes, or 0 (turn.ts). Offset and lengths are then of what it carries for TURN. */
  relay: number
  /** UDP: the octets that are there of its payload, from the first to behind the last, with what TURN has around what it carries. */
  wholeOffset: number
  wholeEnd: number
  /** UDP or TCP payload: offset, octets present, octets that the headers announce (present < announced: cut by the snap length). */
  offset: number
  length: number
  announcedLength: number
  /** Offset of the UDP or TCP header in `bytes`. */
  transportOffset: number
  /** IPv4 identification, or 0 for IPv6: with the UDP checksum field, the identity of a packet seen at two capture points. */
  ipIdentification: number
  /** The UDP checksum field as sent (never judged: offload leaves it unfilled). */
  udpChecksum: number
  /** TCP only: flags octet and 32-bit sequence number field (that of the SYN itself where the SYN flag is set). */
  tcpFlags: number
  tcpSequence: number
}

/** A datagram that holds nothing, to be refilled per packet. */
export function emptyDatagram(): Datagram {
  return {
    payload: Payload.None,
    decode: Decode.Other,
    bytes: new Uint8Array(0),
    reassembled: false,
    addressLength: 4,
    sourceAddressOffset: 0,
    destinationAddressOffset: 0,
    sourcePort: 0,
    destinationPort: 0,
    relay: 0,
    wholeOffset: 0,
    wholeEnd: 0,
    offset: 0,
    length: 0,
    announcedLength: 0,
    transportOffset: 0,
    ipIdentification: 0,
    udpChecksum: 0,
    tcpFlags: 0,
    tcpSequence: 0,
  }
}
