/** Compact header names: RFC 3261 §7.3.3 and IANA's registry of SIP header fields. */
const COMPACT_NAMES: ReadonlyMap<string, string> = new Map([
  ['a', 'accept-contact'],
  ['b', 'referred-by'],
  ['c', 'content-type'],
  ['d', 'request-disposition'],
  ['e', 'content-encoding'],
  ['f', 'from'],
  ['i', 'call-id'],
  ['j', 'reject-contact'],
  ['k', 'supported'],
  ['l', 'content-length'],
  ['m', 'contact'],
  ['n', 'identity-info'],
  ['o', 'event'],
  ['r', 'refer-to'],
  ['s', 'subject'],
  ['t', 'to'],
  ['u', 'allow-events'],
  ['v', 'via'],
  ['x', 'session-expires'],
  ['y', 'identity'],
])

/** The full lower-case name of a header as written: `V`, `Via` and `VIA` are `via`. */
export function fullHeaderName(name: string): string {
  const lower = name.toLowerCase()
  return lower.length === 1 ? (COMPACT_NAMES.get(lower) ?? lower) : lower
}
