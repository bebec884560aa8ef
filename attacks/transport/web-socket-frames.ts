import { constants, deflateRawSync } from 'node:zlib'

/** Where WebSockets are listened for. */
export const SERVER = { address: 0xc6336402, port: 8080 }

/** The client's handshake (RFC 7118 §4.1). */
export function upgrade(deflate: boolean): Buffer {
  const extensions = deflate ? ['Sec-WebSocket-Extensions: permessage-deflate'] : []
  const lines = [
    'GET /ws HTTP/1.1',
    'Host: sip.example.com',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: sip',
    ...extensions,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

/** The server agrees. */
export function switching(): Buffer {
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Protocol: sip',
    'Sec-WebSocket-Extensions: permessage-deflate',
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

/** A frame (RFC 6455 §5.2), not masked. @param first octet: FIN, RSV1, opcode */
export function webSocketFrame(first: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const header =
    length < 126
      ? [first, length]
      : length < 65_536
        ? [first, 126, length >> 8, length & 0xff]
        : longHeader(first, length)
  return Buffer.concat([Buffer.from(header), payload])
}

/** Of a frame whose length takes eight octets. */
export function longHeader(first: number, length: number): number[] {
  return [first, 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff]
}

export const TEXT = 0x01
export const LAST = 0x80
export const COMPRESSED = 0x40

/**
 * As a sender has it (RFC 7692 §7.2.1): flushed, without the octets that every flush ends in.
 *
 * @param window what was said before
 */
export function compressed(message: Uint8Array, window?: Uint8Array): Buffer {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, level: 9, ...(window !== undefined && { dictionary: window }) }
  return deflateRawSync(message, options).subarray(0, -4)
}
