import { constants, inflateRawSync } from 'node:zlib'
import { LIMITS } from '../limits/limits.ts'

/** LZ77's window (RFC 7692 §7.1.2.1: 15 bits at most). */
const WINDOW_OCTETS = 32 * 1024
/** What a sender cuts off every compressed message (RFC 7692 §7.2.1). */
const TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff)
/** What every message may become, however short: SIP that says again what an earlier message said is a few octets. */
const ALWAYS_OCTETS = 16_384
const MOST_RATIO = LIMITS.webSocketInflation.most
const MOST_OCTETS = LIMITS.webSocketMessageOctets.most

/** Why a message cannot be inflated. */
export type Uninflated = 'message-undecodable' | 'message-too-large' | 'message-inflates-too-far'

/**
 * One direction's permessage-deflate (RFC 7692 §7.2.2). A sender may refer back to earlier messages unless it agreed
 * not to, so what they became is kept, up to the window.
 */
export class WebSocketInflater {
  private window: Uint8Array = new Uint8Array(0)

  /** Octets of memory that the window takes. */
  get heldOctets(): number {
    return this.window.length
  }

  /** The message, or why there is none; then later messages that refer back to it are undecodable. */
  inflate(message: Uint8Array): Uint8Array | Uninflated {
    const byRatio = Math.max(ALWAYS_OCTETS, message.length * MOST_RATIO)
    const options = {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: Math.min(byRatio, MOST_OCTETS),
      ...(this.window.length > 0 ? { dictionary: this.window } : {}),
    }
    try {
      const inflated = inflateRawSync(Buffer.concat([message, TAIL]), options)
      this.window = new Uint8Array(Buffer.concat([this.window, inflated]).subarray(-WINDOW_OCTETS))
      return inflated
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return 'message-undecodable'
      return byRatio < MOST_OCTETS ? 'message-inflates-too-far' : 'message-too-large'
    }
  }
}
