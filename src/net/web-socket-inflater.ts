import { constants, inflateRawSync } from 'node:zlib'

/** LZ77's window (RFC 7692 §7.1.2.1: 15 bits at most). */
const WINDOW_OCTETS = 32 * 1024
/** What a sender cuts off every compressed message (RFC 7692 §7.2.1). */
const TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff)

/**
 * One direction's permessage-deflate (RFC 7692 §7.2.2). A sender may refer back to earlier messages unless it agreed
 * not to, so what they became is kept, up to the window.
 */
export class WebSocketInflater {
  private window: Uint8Array = new Uint8Array(0)

  /** The message, or undefined where it cannot be inflated to at most `maxOctets`. */
  inflate(message: Uint8Array, maxOctets: number): Uint8Array | undefined {
    const options = {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: maxOctets,
      ...(this.window.length > 0 ? { dictionary: this.window } : {}),
    }
    try {
      const inflated = inflateRawSync(Buffer.concat([message, TAIL]), options)
      this.window = new Uint8Array(Buffer.concat([this.window, inflated]).subarray(-WINDOW_OCTETS))
      return inflated
    } catch {
      return undefined
    }
  }
}
