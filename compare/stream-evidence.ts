import { streamLabel } from './facts.ts'
import type { SeenFrame } from './seen-frame.ts'

/** Packets of a stream that came before, by the sequence numbers that tshark shows of it. */
export function copies(stream: string, seen: readonly SeenFrame[]): { count: number; firstFrame: number } {
  const known = new Set<number>()
  let highest: number | undefined
  let count = 0
  let firstFrame = 0
  for (const [index, { rtp, source, destination }] of seen.entries()) {
    for (const { ssrc, sequenceNumber } of rtp) {
      if (streamLabel(source, destination, ssrc) !== stream) continue
      // Extended over the wraps of 16 bits (RFC 3550 A.1).
      const extended: number = highest === undefined ? sequenceNumber : highest + signed16(sequenceNumber - highest)
      if (known.has(extended)) {
        count++
        firstFrame ||= index + 1
      }
      known.add(extended)
      highest = Math.max(highest ?? extended, extended)
    }
  }
  return { count, firstFrame }
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
