import { padded, STUN_HEADER, stunType } from './stun-message.ts'
import { CHANNEL_HEADER, isChannel } from './turn.ts'

/*
 * Where messages of TURN over a stream end (RFC 8656 §12.5): those of STUN and ChannelData alike say their length, and are
 * padded to four octets.
 */
/** What stands there is no message, or too little of one to say. */
export const NONE = -1
export const UNKNOWN = 0

/** Octets of the message at `at` without its padding, or that there is none, or that more has to be seen. */
export function messageLength(bytes: Uint8Array, at: number, present: number): number {
  if (isChannel(bytes[at])) {
    return present < CHANNEL_HEADER ? UNKNOWN : CHANNEL_HEADER + ((bytes[at + 2] << 8) | bytes[at + 3])
  }
  if (bytes[at] > 3) return NONE
  if (present < STUN_HEADER) return UNKNOWN
  const body = (bytes[at + 2] << 8) | bytes[at + 3]
  return stunType(bytes, at, present) < 0 || body % 4 !== 0 ? NONE : STUN_HEADER + body
}

/**
 * Whether a segment begins with a message: STUN shows its cookie; ChannelData has to be there as a whole, and something like
 * it to begin behind it, where anything does.
 */
export function beginsMessage(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return false
  const length = messageLength(bytes, at, end - at)
  if (length === NONE || length === UNKNOWN) return false
  if (!isChannel(bytes[at])) return true
  const behind = at + padded(length)
  return behind === end || (behind < end && messageLength(bytes, behind, end - behind) !== NONE)
}
