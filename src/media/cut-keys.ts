import type { BoundLine } from './binding.ts'
import { describedBy, mediaOf } from './media-line.ts'

/** Why packets are unverified whose keys stood in a part of the signalling that the capture does not hold. */
export const BY_CUT = 'the SDP is cut in this capture before its keys'

/** Whether what a stream's sender described ends before its keys. */
export function endsBeforeKeys(lines: readonly BoundLine[]): boolean {
  return lines.some(({ exchange, index, sender }) =>
    describedBy(exchange, sender).some((described) => {
      const media = mediaOf(described, index)
      return media === undefined ? described.truncated : media.isCut && media.crypto.length === 0
    }),
  )
}
