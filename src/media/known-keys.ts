import type { Exchange } from '../sdp/exchange.ts'
import type { Keyring } from './keyring.ts'
import { describedBy } from './media-line.ts'
import { masterKeysOf } from './sdes-keys.ts'

/** Puts every key of every description into the ring, agreed or not: what a sender used by mistake is among them. */
export function registerAll(exchanges: readonly Exchange[], keyring: Keyring): void {
  for (const exchange of exchanges) {
    const source = exchange.transport === 'tls' || exchange.transport === 'wss' ? ('tls' as const) : ('sdp' as const)
    for (const side of ['offerer', 'answerer'] as const) {
      for (const { description } of describedBy(exchange, side)) {
        for (const media of description.media) {
          for (const crypto of media.crypto) {
            for (const master of masterKeysOf(crypto)) {
              keyring.add(master, {
                source,
                callId: exchange.callId,
                exchange: exchange.id,
                mediaIndex: media.index,
                side,
                tag: crypto.tag,
              })
            }
          }
        }
      }
    }
  }
}
