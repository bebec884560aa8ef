/**
 * What shares a media port, told by content (RFC 7983 §7 by the first octet, RFC 5761 §4 for RTP and RTCP).
 */
export const MediaKind = {
  /** Nothing known: T.38 (UDPTL has no mark of its own), DNS, noise. */
  Other: 0,
  Rtp: 1,
  Rtcp: 2,
  Stun: 3,
  Dtls: 4,
  Zrtp: 5,
} as const
export type MediaKind = (typeof MediaKind)[keyof typeof MediaKind]

const RTP_HEADER = 12
const RTCP_HEADER = 8
const STUN_HEADER = 20

/**
 * @param length octets present; @param announced octets the UDP header tells (more than `length` where the snap length cut).
 *
 * ```
 *  0                   1                   2                   3
 *  |V=2|P|X|  CC   |M|     PT      |       sequence number         |   RTP  (RFC 3550 §5.1)
 *  |V=2|P|    RC   |  PT 192..223  |   length in words - 1         |   RTCP (RFC 3550 §6.1)
 * ```
 */
export function mediaKind(bytes: Uint8Array, offset: number, length: number, announced: number): MediaKind {
  if (length < RTCP_HEADER) return MediaKind.Other
  const first = bytes[offset]
  if (first >= 128 && first <= 191) return rtpOrRtcp(bytes, offset, length, announced)
  if (first <= 3) return isStun(bytes, offset, length, announced) ? MediaKind.Stun : MediaKind.Other
  if (first >= 20 && first <= 63) return isDtls(bytes, offset, length) ? MediaKind.Dtls : MediaKind.Other
  // RFC 6189 §5: 0001 in the first four bits, the magic cookie "ZRTP" in the second word.
  if (first >= 16 && first <= 19 && word(bytes, offset + 4) === 0x5a525450) return MediaKind.Zrtp
  return MediaKind.Other
}

function rtpOrRtcp(bytes: Uint8Array, offset: number, length: number, announced: number): MediaKind {
  const type = bytes[offset + 1]
  if (type >= 192 && type <= 223) {
    if (isRtcp(bytes, offset, length, announced)) return MediaKind.Rtcp
    // RFC 3551 §6 keeps 72…76 from RTP.
    if (type >= COMPOUND_FIRST && type <= COMPOUND_LAST) return MediaKind.Other
  }
  const csrcs = bytes[offset] & 15
  return length >= RTP_HEADER && announced >= RTP_HEADER + csrcs * 4 ? MediaKind.Rtp : MediaKind.Other
}

/** SR, RR, SDES, BYE, APP: one of them begins a compound packet (RFC 3550 §6.1). */
const [COMPOUND_FIRST, COMPOUND_LAST] = [200, 204]
/** RTPFB and PSFB, which may go without (RFC 5506), and their formats that IANA has assigned: none is what RTP has there, 0 or X. */
const FEEDBACK: readonly number[] = [205, 206]
const LAST_FORMAT = 15
const FORMAT_EXTENSION = 31
/** The other types that IANA has assigned, from FIR (RFC 2032) to IJ (RFC 5450), from XR (RFC 3611) to SNM (RFC 8286). */
const isOfAnotherKind = (type: number) => type <= 195 || (type >= 207 && type <= 213)

/**
 * Whether a second octet of 192…223 is a packet type of RTCP, or a payload type of 64…95 with the marker (RFC 5761 §4). The first
 * header of a compound packet stays in the clear under SRTCP, its length with it (RFC 3711 §3.4), which in RTP is the sequence
 * number: a low one fits as well.
 */
function isRtcp(bytes: Uint8Array, offset: number, length: number, announced: number): boolean {
  const type = bytes[offset + 1]
  const rest = announced - (((bytes[offset + 2] << 8) | bytes[offset + 3]) + 1) * 4
  if (rest < 0) return false
  if (type >= COMPOUND_FIRST && type <= COMPOUND_LAST) return true
  if (FEEDBACK.includes(type)) {
    const format = bytes[offset] & 31
    return (format > 0 && format <= LAST_FORMAT) || format === FORMAT_EXTENSION
  }
  // Nobody begins with these what is longer than they are, but for the trailer of SRTCP.
  if (!isOfAnotherKind(type)) return false
  return rest === 0 || HMAC_TRAILERS.includes(rest) || GCM_TRAILERS.includes(rest) || isPlainRtcp(bytes, offset, length)
}

function isStun(bytes: Uint8Array, offset: number, length: number, announced: number): boolean {
  if (length < STUN_HEADER) return false
  const body = (bytes[offset + 2] << 8) | bytes[offset + 3]
  // RFC 5389 §6 has the magic cookie; RFC 3489 only a length that fits.
  return word(bytes, offset + 4) === 0x2112a442 || (body % 4 === 0 && body + STUN_HEADER === announced)
}

function isDtls(bytes: Uint8Array, offset: number, length: number): boolean {
  // RFC 6347 §4.1: content type 20..25, version 254.255 (1.0) or 254.253 (1.2); RFC 9147 keeps 254.253.
  return length >= 13 && bytes[offset] <= 25 && bytes[offset + 1] === 254 && bytes[offset + 2] >= 253
}

/**
 * Whether a datagram of DTLS begins with what belongs to a handshake: ChangeCipherSpec, alert, handshake (RFC 6347
 * §4.1). Application data says nothing about keys.
 */
export function isDtlsHandshake(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] >= 20 && bytes[offset] <= 22
}

/**
 * Whether the octets are a whole compound RTCP packet in the clear: every header's version and type fit and the
 * lengths add up to the packet exactly (RFC 3550 §6.1, A.2). An SRTCP packet carries index and tag behind.
 */
export function isPlainRtcp(bytes: Uint8Array, offset: number, length: number): boolean {
  return compoundEnd(bytes, offset, offset + length) === offset + length
}

/** The same of several packets: then more than the first header, which SRTCP leaves in the clear, is as it should be. */
export function isMultipleRtcp(bytes: Uint8Array, offset: number, length: number): boolean {
  const first = (((bytes[offset + 2] << 8) | bytes[offset + 3]) + 1) * 4
  return first < length && isPlainRtcp(bytes, offset, length)
}

/** Behind the compound packet of SRTCP: E bit and index, then a tag of HMAC-SHA1 (RFC 3711 §3.4). Octets of both. */
const HMAC_TRAILERS = [14, 8]
/** The tag of AES-GCM, then E bit and index (RFC 7714 §9.2). */
const GCM_TRAILERS = [20, 12]
const SRTCP_INDEX = 4

/**
 * Whether a packet is SRTCP that is not encrypted: its compound packet can be read to the end, and the E bit behind it
 * is 0. With an MKI, whose length nobody knows here, one layout may be taken for another. The end of an HMAC tag, where AES-GCM
 * has its index, seldom begins with the zeros that an index has for its first 2^24 packets.
 */
export function isOpenSrtcp(bytes: Uint8Array, offset: number, length: number): boolean {
  const end = offset + length
  const at = compoundEnd(bytes, offset, end)
  if (at === offset) return false
  if (HMAC_TRAILERS.includes(end - at)) return bytes[at] < 0x80
  return GCM_TRAILERS.includes(end - at) && bytes[end - SRTCP_INDEX] === 0
}

/** Where the RTCP packets that follow one another end; beyond `end` where the last one is longer than what is there. */
function compoundEnd(bytes: Uint8Array, offset: number, end: number): number {
  let at = offset
  while (at + 4 <= end) {
    const type = bytes[at + 1]
    if (bytes[at] >> 6 !== 2 || type < 192 || type > 223) break
    at += (((bytes[at + 2] << 8) | bytes[at + 3]) + 1) * 4
  }
  return at
}

function word(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3]) >>> 0
}
