/** One element of DER (X.690 §8.1): its tag octet, its contents, and all of its octets. Views. */
export interface DerElement {
  readonly tag: number
  readonly content: Uint8Array
  readonly whole: Uint8Array
}

/** Tags (X.690 §8.14, X.680 §8.6); those in brackets are of the context, constructed. */
export const DerTag = {
  Integer: 0x02,
  BitString: 0x03,
  OctetString: 0x04,
  ObjectIdentifier: 0x06,
  UtcTime: 0x17,
  GeneralizedTime: 0x18,
  Sequence: 0x30,
} as const

const CONTEXT = 0xa0

/** The tag of `[n] EXPLICIT`, or of a constructed `[n] IMPLICIT`. */
export function contextTag(n: number): number {
  return CONTEXT + n
}

/** The elements that stand one behind the other, up to the first that is no DER. */
export function derElements(octets: Uint8Array): DerElement[] {
  const elements: DerElement[] = []
  let at = 0
  while (octets.length - at >= 2) {
    const element = elementAt(octets, at)
    if (element === undefined) break
    elements.push(element)
    at += element.whole.length
  }
  return elements
}

/** The elements within the first, where it is a SEQUENCE. */
export function derSequence(octets: Uint8Array): DerElement[] | undefined {
  const first = octets.length < 2 ? undefined : elementAt(octets, 0)
  return first?.tag === DerTag.Sequence ? derElements(first.content) : undefined
}

function elementAt(octets: Uint8Array, at: number): DerElement | undefined {
  const tag = octets[at]
  // Tags of several octets are used nowhere in certificates.
  if ((tag & 0x1f) === 0x1f) return undefined
  let length = octets[at + 1]
  let header = 2
  if (length >= 0x80) {
    const octetsOfLength = length - 0x80
    if (octetsOfLength === 0 || octetsOfLength > 4) return undefined
    length = 0
    for (let n = 0; n < octetsOfLength; n++) length = length * 256 + (octets[at + 2 + n] ?? Number.POSITIVE_INFINITY)
    header += octetsOfLength
  }
  const end = at + header + length
  if (!(end <= octets.length)) return undefined
  return { tag, content: octets.subarray(at + header, end), whole: octets.subarray(at, end) }
}

/** A serial number as people write it: upper-case hexadecimal without leading zeros. */
export function derSerial({ content }: DerElement): string {
  return Buffer.from(content)
    .toString('hex')
    .toUpperCase()
    .replace(/^0+(?=.)/, '')
}

/** UTCTime and GeneralizedTime in the form of RFC 5280 §4.1.2.5, in microseconds; undefined for anything else. */
export function derTimeUs({ tag, content }: DerElement): number | undefined {
  const text = Buffer.from(content).toString('latin1')
  const digits = /^(\d{12}|\d{14})Z$/.exec(text)?.[1]
  if (digits === undefined) return undefined
  const short = tag === DerTag.UtcTime
  if (digits.length !== (short ? 12 : 14)) return undefined
  const full = short ? `${Number(digits.slice(0, 2)) < 50 ? '20' : '19'}${digits}` : digits
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)(..)(..)(..)$/.exec(full) ?? []
  const milliseconds = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second)
  return Number.isNaN(milliseconds) ? undefined : milliseconds * 1000
}
