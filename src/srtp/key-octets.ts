/** Everything that white space, URL-safe digits and missing padding leave of base64 (RFC 4648 §4, §5). */
const BASE64 = /^[A-Za-z0-9+/]*$/
const HEX = /^[0-9a-f]*$/i

/** Longer texts are no key. */
const MAX_TEXT = 1024

/** What a text may mean as octets: hex and base64 share digits, and only the length wanted can tell them apart. */
export interface OctetReadings {
  readonly hex?: Uint8Array
  readonly base64?: Uint8Array
}

/** Reads key material: base64 with or without padding, or hex, after an `inline:` where there is one. */
export function readOctets(text: string): OctetReadings {
  const digits = text.trim().replace(/^inline:/i, '')
  if (digits.length === 0 || digits.length > MAX_TEXT) return {}
  const hex = digits.length % 2 === 0 && HEX.test(digits) ? octetsOf(digits, 'hex') : undefined
  const bare = digits.replace(/={1,2}$/, '')
  const base64 = bare.length % 4 !== 1 && BASE64.test(bare) ? octetsOf(bare, 'base64') : undefined
  return { ...(hex && { hex }), ...(base64 && { base64 }) }
}

/** The reading that has `length` octets; else the likelier one (hex digits alone are meant as hex); else nothing. */
export function chooseReading({ hex, base64 }: OctetReadings, length: number): Uint8Array | undefined {
  if (hex?.length === length) return hex
  if (base64?.length === length) return base64
  return hex ?? base64
}

function octetsOf(text: string, encoding: 'hex' | 'base64'): Uint8Array {
  return new Uint8Array(Buffer.from(text, encoding))
}
