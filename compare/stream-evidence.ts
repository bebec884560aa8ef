import { streamLabel } from './facts.ts'
import type { SeenFrame } from './seen-frame.ts'

/** A stream counted anew from the sequence numbers that tshark shows of its frames. */
export interface Recount {
  /** Packets whose number came before. */
  readonly copies: number
  /** Packets whose number is below that of the first that came. */
  readonly early: number
  /** Numbers from the lowest to the highest that did not come. */
  readonly lost: number
  /** How often the numbers wrapped. */
  readonly wraps: number
  /** The first of the copies and the early ones; 0 where there is none. */
  readonly firstFrame: number
}

export function recount(stream: string, seen: readonly SeenFrame[]): Recount {
  const known = new Set<number>()
  let first: number | undefined
  let [lowest, highest] = [0, 0]
  let copies = 0
  let firstFrame = 0
  for (const [index, { rtp, source, destination }] of seen.entries()) {
    for (const { ssrc, sequenceNumber } of rtp) {
      if (streamLabel(source, destination, ssrc) !== stream) continue
      // Extended over the wraps of 16 bits (RFC 3550 A.1).
      const extended = first === undefined ? sequenceNumber : highest + signed16(sequenceNumber - highest)
      if (first === undefined) {
        first = extended
        lowest = extended
        highest = extended
      }
      if (known.has(extended)) copies++
      if (known.has(extended) || extended < first) firstFrame ||= index + 1
      known.add(extended)
      lowest = Math.min(lowest, extended)
      highest = Math.max(highest, extended)
    }
  }
  const early = [...known].filter((number) => number < (first ?? 0)).length
  const wraps = Math.floor(highest / 0x10000) - Math.floor(lowest / 0x10000)
  return { copies, early, lost: known.size === 0 ? 0 : highest - lowest + 1 - known.size, wraps, firstFrame }
}

function signed16(difference: number): number {
  return (difference << 16) >> 16
}

/** Frames whose octets are those of a stream, that tshark takes for something else, and for what. */
export function notTaken(stream: string, seen: readonly SeenFrame[]): { frames: number[]; as: string[] } {
  const frames: number[] = []
  const as = new Set<string>()
  for (const [index, { rtpOctets, source, destination, protocols }] of seen.entries()) {
    if (rtpOctets === undefined || streamLabel(source, destination, rtpOctets.ssrc) !== stream) continue
    frames.push(index + 1)
    as.add(protocols.at(-1) ?? '')
  }
  return { frames, as: [...as] }
}
