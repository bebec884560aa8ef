/** What an HTTP/1.1 header block says, as far as a WebSocket connection needs it (RFC 6455 §4). */
export interface HttpHead {
  /** An upgrade request, or a 101 response that switches to WebSocket. */
  readonly upgrade: boolean
  /** Sec-WebSocket-Protocol, in lower case: what is offered, or the one that was chosen. */
  readonly subprotocols: readonly string[]
  /** permessage-deflate (RFC 7692) is offered or agreed. */
  readonly deflate: boolean
  /** Octets of body behind the header block; undefined where only its own framing could tell. */
  readonly bodyLength: number | undefined
}

const REQUEST = 'GET '
const RESPONSE = 'HTTP/1.1 '
const SWITCHING = 'HTTP/1.1 101'

/**
 * Whether octets begin an HTTP/1.1 request to upgrade to WebSocket, or the response that agrees. Decides on what is
 * there: a header block may come in several segments.
 */
export function looksLikeWebSocketUpgrade(bytes: Uint8Array): boolean {
  // Asked of every frame: its first octet decides nearly always.
  if (bytes[0] !== REQUEST.charCodeAt(0) && bytes[0] !== RESPONSE.charCodeAt(0)) return false
  const text = latin1(bytes.subarray(0, 4096))
  if (text.startsWith(SWITCHING)) return true
  if (!text.startsWith(REQUEST)) return false
  const fields = text.toLowerCase()
  return fields.includes('\r\nupgrade: websocket') || fields.includes('\r\nsec-websocket-')
}

/** Whether the octets, perhaps too few, can begin an HTTP/1.1 message that a handshake consists of. */
export function mayBeginHttp(bytes: Uint8Array): boolean {
  const text = latin1(bytes.subarray(0, RESPONSE.length))
  return beginsAlike(text, REQUEST) || beginsAlike(text, RESPONSE)
}

function beginsAlike(text: string, prefix: string): boolean {
  return text.startsWith(prefix) || prefix.startsWith(text)
}

/** Reads a header block without the empty line that ends it. */
export function parseHttpHead(block: Uint8Array): HttpHead {
  const [startLine, ...lines] = latin1(block).split('\r\n')
  const fields = lines.map((line) => {
    const colon = line.indexOf(':')
    return [
      line.slice(0, colon).trim().toLowerCase(),
      line
        .slice(colon + 1)
        .trim()
        .toLowerCase(),
    ] as const
  })
  const tokens = (name: string) =>
    fields.filter(([field]) => field === name).flatMap(([, value]) => value.split(',').map((token) => token.trim()))
  const isResponse = startLine.startsWith(RESPONSE)
  const switching = !isResponse || startLine.startsWith(SWITCHING)
  const length = tokens('content-length')[0]
  return {
    upgrade: switching && tokens('upgrade').includes('websocket'),
    subprotocols: tokens('sec-websocket-protocol').filter((token) => token !== ''),
    deflate: tokens('sec-websocket-extensions').some((token) => token.split(';')[0].trim() === 'permessage-deflate'),
    bodyLength: tokens('transfer-encoding').length > 0 ? undefined : parseLength(length ?? '0'),
  }
}

function parseLength(text: string): number | undefined {
  const length = Number(text)
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
