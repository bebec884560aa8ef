import { constants, inflateRawSync } from 'node:zlib'
import { LIMITS } from '../limits/limits.ts'

/** LZ77's window (RFC 7692 §7.1.2.1: 15 bits at most). */
const WINDOW_OCTETS = 32 * 1024
/** What a sender cuts off every compressed message (RFC 7692 §7.2.1). */
const TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff)
const MOST_RATIO = LIMITS.webSocketInflation.most
const MOST_OCTETS = LIMITS.webSocketMessageOctets.most
/** A message costs as much work as inflating so many octets, however few it becomes. */
const WORK_OF_MESSAGE = 256
/** Octets of the headers that a segment comes in: who sends a little at a time pays for it. */
const HEADERS = 64
/** What the first messages may become: they have nothing to refer back to. */
const AT_FIRST = 4096

/** Why a message cannot be inflated. */
export type Uninflated = 'message-undecodable' | 'message-too-large' | 'message-inflates-too-far'

/**
 * One direction's permessage-deflate (RFC 7692 §7.2.2). A sender may refer back to earlier messages unless it agreed
 * not to, so what they became is kept, up to the window. Work follows the octets that came: what they are worth is
 * spent by what they become.
 */
export class WebSocketInflater {
  private window: Uint8Array = new Uint8Array(0)
  private worth = AT_FIRST

  /** Octets of memory that the window takes. */
  get heldOctets(): number {
    return this.window.length
  }

  /** So many octets came at once, whatever they are. */
  earn(octets: number): void {
    this.worth += MOST_RATIO * (octets + HEADERS)
  }

  /** The message, or why there is none; then later messages that refer back to it are undecodable. */
  inflate(message: Uint8Array): Uint8Array | Uninflated {
    const { worth, window } = this
    if (worth < WORK_OF_MESSAGE) return 'message-inflates-too-far'
    const options = {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: Math.min(worth, MOST_OCTETS),
      ...(window.length > 0 ? { dictionary: window } : {}),
    }
    try {
      const inflated = inflateRawSync(Buffer.concat([message, TAIL]), options)
      this.worth -= Math.max(inflated.length, WORK_OF_MESSAGE)
      this.window = new Uint8Array(Buffer.concat([window, inflated]).subarray(-WINDOW_OCTETS))
      return inflated
    } catch (error) {
      // How far it came is not known.
      this.worth = 0
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return 'message-undecodable'
      return worth < MOST_OCTETS ? 'message-inflates-too-far' : 'message-too-large'
    }
  }
}
