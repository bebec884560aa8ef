import { TOKEN_OCTETS } from '../bytes/token-octets.ts'

/** Octets of a first line that are looked at; a longer line counts as cut. */
const LONGEST_LINE = 8192
/** Octets of a method that are looked at. RFC 4475 §3.1.1.2 has 43. */
const LONGEST_METHOD = 128

/** IANA's SIP methods, and three that one vendor used: enough to know a request whose first line was cut. */
const KNOWN_METHODS = [
  ...['ACK', 'BYE', 'CANCEL', 'INFO', 'INVITE', 'MESSAGE', 'NOTIFY', 'OPTIONS', 'PRACK', 'PUBLISH', 'REFER'],
  ...['REGISTER', 'SUBSCRIBE', 'UPDATE', 'BENOTIFY', 'SERVICE', 'NEGOTIATE'],
].map(octetsOf)

const KNOWN_SCHEMES = ['sip:', 'sips:', 'tel:', 'urn:', 'im:', 'pres:'].map(octetsOf)

const CR = 13
const LF = 10

/**
 * Whether octets begin with a SIP start line (RFC 3261 §7.1, §7.2), empty lines before it allowed (§7.5). Any version
 * and any method count, so that what is wrong can be said by the parser. A first line that ends with the octets given
 * (cut by the snap length) counts where the method is known and the Request-URI begins with a scheme of SIP.
 * No allocation and no regular expression: it sees every UDP payload.
 */
export function looksLikeSip(bytes: Uint8Array, offset: number, length: number): boolean {
  const end = Math.min(offset + length, bytes.length)
  let at = offset
  while (at < end && (bytes[at] === CR || bytes[at] === LF)) at++
  if (at >= end || TOKEN_OCTETS[bytes[at]] !== 1) return false
  const isResponse = isVersion(bytes, at, end, false)
  if (!isResponse && !beginsWithMethod(bytes, at, end)) return false
  const limit = Math.min(end, at + LONGEST_LINE)
  let lineEnd = at
  while (lineEnd < limit && bytes[lineEnd] !== LF) lineEnd++
  if (lineEnd < limit) return isStartLine(bytes, at, lineEnd)
  return isResponse ? isStartLine(bytes, at, limit) : isCutRequestLine(bytes, at, limit)
}

/**
 * Whether a whole line, `start` to `end` without its LF, is a Request-Line or Status-Line. Spaces may be doubled or
 * trail, the Request-URI may hold spaces: RFC 4475 §3.1.2.8 to §3.1.2.10 have such lines.
 */
export function isStartLine(bytes: Uint8Array, start: number, end: number): boolean {
  if (end <= start || TOKEN_OCTETS[bytes[start]] !== 1) return false
  if (isVersion(bytes, start, end, false)) {
    const at = afterSpaces(bytes, afterWord(bytes, start, end), end)
    return at < end && isDigit(bytes[at])
  }
  if (!beginsWithMethod(bytes, start, end)) return false
  let last = end
  while (last > start && (bytes[last - 1] === CR || isSpace(bytes[last - 1]))) last--
  let word = last
  while (word > start && !isSpace(bytes[word - 1])) word--
  return word > start && isVersion(bytes, word, last, true)
}

/** A token, then a space. */
function beginsWithMethod(bytes: Uint8Array, start: number, end: number): boolean {
  const limit = Math.min(end, start + LONGEST_METHOD)
  let at = start
  while (at < limit && TOKEN_OCTETS[bytes[at]] === 1) at++
  return at > start && at < end && isSpace(bytes[at])
}

function isCutRequestLine(bytes: Uint8Array, start: number, end: number): boolean {
  if (isStartLine(bytes, start, end)) return true
  const methodEnd = afterWord(bytes, start, end)
  if (!KNOWN_METHODS.some((method) => method.length === methodEnd - start && startsWith(bytes, start, end, method)))
    return false
  const uri = afterSpaces(bytes, methodEnd, end)
  return KNOWN_SCHEMES.some((scheme) => startsWith(bytes, uri, end, scheme))
}

/** `SIP/` 1*DIGIT `.` 1*DIGIT in any case (RFC 3261 §7.1); then the end where `whole`, else a space. */
function isVersion(bytes: Uint8Array, start: number, end: number, whole: boolean): boolean {
  if (!startsWith(bytes, start, end, SIP_SLASH)) return false
  const major = start + SIP_SLASH.length
  const dot = afterDigits(bytes, major, end)
  if (dot === major || dot >= end || bytes[dot] !== 46) return false
  const after = afterDigits(bytes, dot + 1, end)
  if (after === dot + 1) return false
  return whole ? after === end : after < end && isSpace(bytes[after])
}

const SIP_SLASH = octetsOf('SIP/')

/** Compares ASCII letters without regard to case: `expected` is upper case for letters. */
function startsWith(bytes: Uint8Array, start: number, end: number, expected: Uint8Array): boolean {
  if (end - start < expected.length) return false
  for (let i = 0; i < expected.length; i++) {
    const octet = bytes[start + i]
    if ((octet >= 97 && octet <= 122 ? octet - 32 : octet) !== expected[i]) return false
  }
  return true
}

function afterWord(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && !isSpace(bytes[at])) at++
  return at
}

function afterSpaces(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && isSpace(bytes[at])) at++
  return at
}

function afterDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && isDigit(bytes[at])) at++
  return at
}

function isSpace(octet: number): boolean {
  return octet === 32 || octet === 9
}

function isDigit(octet: number): boolean {
  return octet >= 48 && octet <= 57
}

function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text.toUpperCase(), (c) => c.charCodeAt(0))
}
