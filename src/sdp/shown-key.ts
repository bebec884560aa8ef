import { hash } from 'node:crypto'

/** The shortest master key with its salt (RFC 7714 §12): what is shorter could be found by trying, given a fingerprint. */
const LEAST_OCTETS = 28
/** `inline:` of a suite with 256 bits and its salt takes 62 characters; what is far longer is no key. */
const MOST_CHARACTERS = 512

/**
 * How a key is named where it stood: by its fingerprint, as everywhere (the first 8 hex digits of SHA-256 over master key
 * and salt), or by its length where it is none of a suite's.
 *
 * @param text base64, with or without padding
 */
export function shownKey(text: string): string {
  const digits = text.replace(/={1,2}$/, '')
  const isBase64 = digits.length <= MOST_CHARACTERS && digits.length % 4 !== 1 && /^[A-Za-z0-9+/]+$/.test(digits)
  if (!isBase64) return `[undecodable, ${text.length} ${text.length === 1 ? 'character' : 'characters'}]`
  const octets = Buffer.from(digits, 'base64')
  if (octets.length < LEAST_OCTETS) return `[${octets.length} ${octets.length === 1 ? 'octet' : 'octets'}]`
  return `[key ${hash('sha256', octets, 'hex').slice(0, 8)}]`
}
