import { type Datagram, Decode, emptyDatagram, Payload } from './datagram.ts'

/**
 * The layers that a frame can hold one in another. A step over one layer returns the next layer or, as a number below
 * `Layer.Ethernet`, the outcome of the whole frame (`Decode`).
 */
export const Layer = {
  Ethernet: 16,
  /** `cursor.protocol` is an EtherType, the cursor stands behind it. */
  EtherType: 17,
  /** An 802.2 LLC header. */
  Llc: 18,
  LinuxCooked: 19,
  LinuxCooked2: 20,
  /** Four octets of address family, in either byte order. */
  Loopback: 21,
  /** PPP, with or without HDLC's address and control octets. */
  Ppp: 22,
  PppoeSession: 23,
  Mpls: 24,
  /** IPv4 or IPv6: the version nibble says which. */
  Ip: 25,
  Ipv4: 26,
  Ipv6: 27,
  /** `cursor.protocol` is an IP protocol number, the cursor stands at its header. */
  IpProtocol: 28,
  Udp: 29,
  Tcp: 30,
  Gre: 31,
  /** Tags, then data of an upper layer. */
  ExportedPdu: 32,
} as const
export type Layer = (typeof Layer)[keyof typeof Layer]
export type Next = Layer | Decode

/** Above every offset: the end where no header has told how long the frame was on the wire. */
export const UNKNOWN_END = 0x7fff_ffff

/** Where the decoder stands in a frame. One mutable instance per decoder. */
export class LayerCursor {
  bytes: Uint8Array
  /** The first octet of the present layer. */
  offset = 0
  /** Behind the last octet that is captured and belongs to the present layer. */
  end = 0
  /** Behind the last octet that the headers announce; above `end` where the snap length cut the frame. */
  announcedEnd = 0
  /** EtherType or IP protocol number, as the layer says. */
  protocol = 0
  /** Identification of the IP datagram (16 bits in IPv4, 32 in IPv6's fragment header). */
  identification = 0
  /** Tells networks apart that may hold the same addresses: folded from VLAN ids, tunnel ids, interface indices. */
  segment = 0
  /** Time of capture in whole seconds. */
  seconds = 0
  readonly datagram: Datagram

  constructor() {
    this.datagram = emptyDatagram()
    this.bytes = this.datagram.bytes
  }

  /** Puts it before a frame's first header. */
  begin(bytes: Uint8Array, offset: number, length: number, seconds: number): void {
    this.bytes = bytes
    this.offset = offset
    this.end = offset + length
    this.announcedEnd = UNKNOWN_END
    this.segment = 0
    this.seconds = seconds
    this.datagram.bytes = bytes
    this.datagram.reassembled = false
    this.datagram.payload = Payload.None
  }
}

/** Why the next `octets` are not there: cut by the snap length, or never promised by the lengths in the headers. */
export function missing(cursor: LayerCursor, octets: number): Decode {
  return cursor.offset + octets <= cursor.announcedEnd ? Decode.Cut : Decode.Malformed
}

/** Folds the id of a VLAN, tunnel or interface into the cursor's network segment. */
export function enterSegment(cursor: LayerCursor, id: number): void {
  cursor.segment = (Math.imul(cursor.segment, 0x01000193) ^ id) | 0
}
