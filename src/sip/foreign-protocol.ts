import { looksLikeSip } from './start-line.ts'

/** What a stream without SIP looks like: a TLS record, an HTTP request or response (perhaps WebSocket), or neither. */
export type ForeignProtocol = 'tls' | 'http' | 'unknown'

/**
 * Whether a stream's first octets are a TLS record header: content type 20 to 24, major version 3 (RFC 8446 §5.1).
 * Undefined while fewer than three octets leave it open.
 */
export function isTlsRecord(bytes: Uint8Array, start: number, end: number): boolean | undefined {
  if (end <= start) return undefined
  if (bytes[start] < 20 || bytes[start] > 24) return false
  if (end - start < 3) return end - start === 2 && bytes[start + 1] !== 3 ? false : undefined
  return bytes[start + 1] === 3 && bytes[start + 2] <= 4
}

/** Whether a line, `start` to `end` without its LF, is a request line or status line of HTTP/1 (RFC 9112 §3, §4). */
export function isHttpLine(bytes: Uint8Array, start: number, end: number): boolean {
  const last = end > start && bytes[end - 1] === 13 ? end - 1 : end
  return isHttpName(bytes, start, last) || isHttpName(bytes, last - 'HTTP/1.1'.length, last)
}

function isHttpName(bytes: Uint8Array, start: number, end: number): boolean {
  if (start < 0 || end - start < HTTP_NAME.length) return false
  for (let i = 0; i < HTTP_NAME.length; i++) if (bytes[start + i] !== HTTP_NAME.charCodeAt(i)) return false
  return true
}

const HTTP_NAME = 'HTTP/1.'

/** What a client begins with that is neither TLS nor SIP. */
export type Opening = 'http' | 'ssl2' | 'other'

/** What the first octets of a client are, where they are neither TLS nor SIP; undefined too where they leave it open. */
export function openingOf(bytes: Uint8Array): Opening | undefined {
  if (bytes.length < LEAST_OPENING || isTlsRecord(bytes, 0, bytes.length) !== false) return undefined
  if (isSsl2Hello(bytes)) return 'ssl2'
  const lineEnd = bytes.indexOf(10)
  if (lineEnd >= 0 && isHttpLine(bytes, 0, lineEnd)) return 'http'
  // Keep-alives before the first message (RFC 5626 §3.5.1).
  return bytes[0] === 13 || looksLikeSip(bytes, 0, bytes.length) ? undefined : 'other'
}

const LEAST_OPENING = 5

/** CLIENT-HELLO of SSL 2.0, or of later versions in its form (RFC 5246 Appendix E.2). */
function isSsl2Hello(bytes: Uint8Array): boolean {
  const [length, , type, major, minor] = bytes
  return length >= 128 && type === 1 && ((major === 0 && minor === 2) || major === 3)
}
