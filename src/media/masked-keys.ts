import type { BoundLine } from './binding.ts'
import { agreedCrypto, agreementsOf } from './media-line.ts'
import { isMasked } from './sdes-keys.ts'

/** Why packets are unverified whose keys were taken out of the signalling before it came into the capture. */
export const BY_MASK = 'the signalling shows a mask in the place of the key'

/** Whether signalling gave a stream's sender keys, and the capture shows nothing but masks in their place. */
export function showsMasksOnly(lines: readonly BoundLine[]): boolean {
  let masks = 0
  for (const { exchange, index, sender } of lines) {
    for (const agreement of agreementsOf(exchange, sender)) {
      for (const crypto of agreedCrypto(index, sender, agreement)) {
        if (!isMasked(crypto)) return false
        masks++
      }
    }
  }
  return masks > 0
}
