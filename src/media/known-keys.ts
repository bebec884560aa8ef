import type { Exchange } from '../sdp/exchange.ts'
import { type Keyring, ownerInSdp } from './keyring.ts'
import { describedBy } from './media-line.ts'
import { masterKeysOf } from './sdes-keys.ts'

/** Puts every key of every description into the ring, agreed or not: what a sender used by mistake is among them. */
export function registerAll(exchanges: readonly Exchange[], keyring: Keyring): void {
  for (const exchange of exchanges) {
    for (const side of ['offerer', 'answerer'] as const) {
      for (const { description } of describedBy(exchange, side)) {
        for (const { index, crypto } of description.media) {
          for (const line of crypto) {
            for (const master of masterKeysOf(line)) keyring.add(master, ownerInSdp(exchange, index, side, line.tag))
          }
        }
      }
    }
  }
}
