/** STUN message types that TURN gives a meaning (RFC 8656 §17, RFC 8489 §5): method and class in one. */
export const StunType = {
  AllocateSuccess: 0x0103,
  SendIndication: 0x0016,
  DataIndication: 0x0017,
  ChannelBindRequest: 0x0009,
} as const

/** Attributes of TURN (RFC 8656 §18). */
export const StunAttribute = {
  ChannelNumber: 0x000c,
  XorPeerAddress: 0x0012,
  Data: 0x0013,
  XorRelayedAddress: 0x0016,
} as const

export const STUN_HEADER = 20
const MAGIC_COOKIE = Uint8Array.of(0x21, 0x12, 0xa4, 0x42)

/**
 * The type of a STUN message that has the magic cookie, or -1. TURN always has it.
 *
 * ```
 *  |0 0|     message type (14)     |        message length         |   (RFC 8489 §5)
 *  |                         magic cookie                          |
 *  |                    transaction id (96 bits)                   |
 * ```
 */
export function stunType(bytes: Uint8Array, offset: number, length: number): number {
  if (length < STUN_HEADER || bytes[offset] > 3) return -1
  for (let n = 0; n < 4; n++) if (bytes[offset + 4 + n] !== MAGIC_COOKIE[n]) return -1
  return (bytes[offset] << 8) | bytes[offset + 1]
}

/**
 * The offset of an attribute's value, or -1 where there is none of that type from `from` on (RFC 8489 §14: type, length,
 * value, padding up to four octets). Its length stands in the two octets in front of it, and may be more than is there.
 *
 * @param end behind the last octet that is there
 * @param from behind the header, or behind an attribute that was found
 */
export function stunAttribute(bytes: Uint8Array, offset: number, end: number, type: number, from = 0): number {
  const last = Math.min(end, offset + STUN_HEADER + ((bytes[offset + 2] << 8) | bytes[offset + 3]))
  let at = from === 0 ? offset + STUN_HEADER : from
  // Each attribute takes four octets at least, so the datagram's length bounds the walk.
  while (at + 4 <= last) {
    if (((bytes[at] << 8) | bytes[at + 1]) === type) return at + 4
    at += 4 + padded((bytes[at + 2] << 8) | bytes[at + 3])
  }
  return -1
}

/** With what fills it up to whole words: attributes (RFC 8489 §14), ChannelData (RFC 8656 §12.5). */
export function padded(length: number): number {
  return (length + 3) & ~3
}

/** The length of an attribute whose value is at `value`. */
export function attributeLength(bytes: Uint8Array, value: number): number {
  return (bytes[value - 2] << 8) | bytes[value - 1]
}

/** An address of 4 or 16 octets and a port. */
export interface StunAddress {
  readonly address: Uint8Array
  readonly port: number
}

const IPV4 = 1
const IPV6 = 2

/**
 * An XOR-MAPPED-ADDRESS or one that is written like it (RFC 8489 §14.2): its port and address are combined with the magic
 * cookie and, beyond 32 bits, the transaction id. Nothing where it is cut or of no known family.
 */
export function xorAddress(bytes: Uint8Array, message: number, value: number, end: number): StunAddress | undefined {
  const family = bytes[value + 1]
  const length = family === IPV4 ? 4 : family === IPV6 ? 16 : 0
  if (length === 0 || attributeLength(bytes, value) !== 4 + length || value + 4 + length > end) return undefined
  const port = ((bytes[value + 2] ^ MAGIC_COOKIE[0]) << 8) | (bytes[value + 3] ^ MAGIC_COOKIE[1])
  const address = Uint8Array.from({ length }, (_, n) => bytes[value + 4 + n] ^ bytes[message + 4 + n])
  return { address, port }
}
