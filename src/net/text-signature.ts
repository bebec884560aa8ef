import { TOKEN_OCTETS } from '../bytes/token-octets.ts'

/** Octets of the first token that are looked at: longer than any method in use, RFC 4475 §3.1.1.2 included. */
const LOOK_AHEAD = 80

/**
 * Whether a UDP payload may be a text protocol of SIP's kind: after any line ends a token, then a space or a slash
 * (RFC 3261 §25.1). Decides, at the cost of a few octets, what leaves the hot path; the SIP layer judges.
 */
export function mayBeSip(bytes: Uint8Array, offset: number, length: number): boolean {
  const end = offset + (length < LOOK_AHEAD ? length : LOOK_AHEAD)
  let at = offset
  while (at < end && (bytes[at] === 13 || bytes[at] === 10)) at++
  const start = at
  while (at < end && TOKEN_OCTETS[bytes[at]] === 1) at++
  return at > start && at < end && (bytes[at] === 32 || bytes[at] === 47)
}
