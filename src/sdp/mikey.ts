/**
 * A MIKEY message (RFC 3830 §6) is a chain of payloads, each of which says what the next one is:
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     !  version      !  data type    ! next payload  !V! PRF func    !
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     !                         CSB ID                                !
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     ! #CS           ! CS ID map type! CS ID map info                ~
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
const HEADER = 10
/** CS ID map types: SRTP-ID has a policy number, an SSRC and a rollover counter for each crypto session (§6.1.1); Empty (RFC 4563 §4). */
const MAP_OCTETS: Readonly<Record<number, number>> = { 0: 9, 1: 0 }
const KEMAC = 1
/** §6.2: the key data are not encrypted, which is meant for transports that protect them. */
const NULL_ENCRYPTION = 0
/** Payloads of a message; it has a handful. */
const MOST = 64

/** How many octets a payload has, its first two included, where that can be told (§6.3 to §6.15). */
const LENGTHS: Readonly<Record<number, (octets: Uint8Array, at: number) => number | undefined>> = {
  // PKE: the two highest bits are its cache type.
  2: (octets, at) => 3 + (uint16(octets, at + 1) & 0x3fff),
  // T: NTP-UTC and NTP have 64 bits, COUNTER has 32.
  5: (octets, at) => 2 + (octets[at + 1] === 2 ? 4 : 8),
  // ID, CERT, SP, general extensions.
  6: (octets, at) => 4 + uint16(octets, at + 2),
  7: (octets, at) => 4 + uint16(octets, at + 2),
  10: (octets, at) => 5 + uint16(octets, at + 3),
  11: (octets, at) => 2 + octets[at + 1],
  21: (octets, at) => 4 + uint16(octets, at + 2),
}

/** Whether a MIKEY message carries a key that anyone can read: in a KEMAC payload that is not encrypted (RFC 3830 §6.2). */
export function hasReadableKey(octets: Uint8Array): boolean {
  const mapOctets = MAP_OCTETS[octets[9]]
  if (octets.length < HEADER || octets[0] !== 1 || mapOctets === undefined) return false
  let type = octets[2]
  let at = HEADER + octets[8] * mapOctets
  for (let n = 0; n < MOST && at + 2 <= octets.length; n++) {
    if (type === KEMAC) {
      // Of a Diffie-Hellman exchange it holds the MAC alone (RFC 4650 §4.2).
      const end = at + 4 + uint16(octets, at + 2)
      return octets[at + 1] === NULL_ENCRYPTION && end <= octets.length && hasKeyData(octets.subarray(at + 4, end))
    }
    const length = LENGTHS[type]?.(octets, at)
    if (length === undefined) return false
    type = octets[at]
    at += length
  }
  return false
}

/** Whether the first key data sub-payload (§6.13) has a key: next payload, type and KV, length, key. */
function hasKeyData(data: Uint8Array): boolean {
  const length = uint16(data, 2)
  return length > 0 && 4 + length <= data.length
}

function uint16(octets: Uint8Array, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0)
}
