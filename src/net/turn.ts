import type { Datagram } from './datagram.ts'
import { attributeLength, padded, StunAttribute, StunType, stunAttribute, stunType } from './stun-message.ts'

/**
 * Which of the ways through a TURN server a datagram takes between the two ends that are on the wire (RFC 8656): a
 * channel by its number, or an indication by a digest of its peer. What it stands for the messages of TURN say
 * (turn-paths.ts); the decoder keeps nothing.
 */
export const NO_RELAY = 0
/** RFC 8656 §12; RFC 7983 §7 leaves no more of them. */
export const FIRST_CHANNEL = 0x4000
export const LAST_CHANNEL = 0x4fff
/** Of indications: the digest in the lower 15 bits. */
export const OF_INDICATION = 0x8000

/** Octets in front of what ChannelData carries. */
export const CHANNEL_HEADER = 4

/** Whether ChannelData begins with this octet. */
export function isChannel(first: number): boolean {
  return first >> 4 === FIRST_CHANNEL >> 12
}

/**
 * Enters what a datagram of UDP carries for TURN: ChannelData, a Send or a Data indication. `datagram` is then the
 * datagram between client and peer, its addresses those of the wire, and `relay` says which way it takes.
 *
 * ```
 *  |        channel number         |            length             |   ChannelData (RFC 8656 §12.4)
 * ```
 */
export function enterTurn(datagram: Datagram): void {
  const { bytes, offset, length } = datagram
  datagram.relay = NO_RELAY
  datagram.wholeOffset = offset
  datagram.wholeEnd = offset + length
  if (length < CHANNEL_HEADER) return
  const first = bytes[offset]
  if (isChannel(first)) enterChannelData(datagram)
  else if (first === 0 && (bytes[offset + 1] | 1) === StunType.DataIndication) enterIndication(datagram)
}

/** RFC 8656 §12.5: over UDP the padding to four octets may be there or not. What does not fit is another protocol's. */
function enterChannelData(datagram: Datagram): void {
  const { bytes, offset, announcedLength } = datagram
  const carried = (bytes[offset + 2] << 8) | bytes[offset + 3]
  const end = CHANNEL_HEADER + carried
  if (announcedLength !== end && announcedLength !== padded(end)) return
  datagram.relay = (bytes[offset] << 8) | bytes[offset + 1]
  enter(datagram, offset + CHANNEL_HEADER, carried)
}

function enterIndication(datagram: Datagram): void {
  const { bytes, offset, length } = datagram
  const type = stunType(bytes, offset, length)
  if (type !== StunType.SendIndication && type !== StunType.DataIndication) return
  const end = offset + length
  const peer = stunAttribute(bytes, offset, end, StunAttribute.XorPeerAddress)
  const data = stunAttribute(bytes, offset, end, StunAttribute.Data)
  if (peer < 0 || data < 0 || peer + 8 > end) return
  const octets = attributeLength(bytes, peer)
  if ((octets !== 8 && octets !== 20) || peer + octets > end) return
  const carried = attributeLength(bytes, data)
  // The snap length may have cut it; a length beyond that of the message is none.
  if (data - offset + carried > datagram.announcedLength) return
  datagram.relay = OF_INDICATION | digestOfPeer(bytes, offset, peer, octets)
  enter(datagram, data, carried)
}

/** Whether a datagram is a message of TURN that says what its ways stand for (turn-paths.ts), other than an indication. */
export function saysOfTurn({ bytes, offset, length, relay }: Datagram): boolean {
  if (relay !== NO_RELAY) return false
  const type = stunType(bytes, offset, length)
  return type === StunType.AllocateSuccess || type === StunType.ChannelBindRequest
}

function enter(datagram: Datagram, at: number, carried: number): void {
  datagram.length = Math.min(datagram.wholeEnd - at, carried)
  datagram.announcedLength = carried
  datagram.offset = at
}

/** 15 bits of a peer's address and port: an indication has no number for it. */
function digestOfPeer(bytes: Uint8Array, message: number, peer: number, octets: number): number {
  let hash = 0
  for (let n = 2; n < octets; n++) {
    // The port goes by the cookie's first octets, the address by the cookie and the transaction id (RFC 8489 §14.2).
    const mask = bytes[message + (n < 4 ? n + 2 : n)]
    hash = Math.imul(hash ^ bytes[peer + n] ^ mask, 0x01000193)
    hash ^= hash >>> 15
  }
  return (hash ^ (hash >>> 16)) & 0x7fff
}
