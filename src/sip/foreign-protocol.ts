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
