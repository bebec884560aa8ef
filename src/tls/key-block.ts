import type { CipherSuite } from './cipher-suites.ts'
import type { TlsSender } from './handshake-facts.ts'
import { prf } from './key-derivation.ts'
import { type DirectionKeys, keyBlockShape } from './record-protection.ts'
import { TLS_1_2 } from './versions.ts'

/**
 * The keys of both directions of TLS 1.0 to 1.2 (RFC 5246 §6.3). Undefined for a suite whose records cannot be opened here.
 */
export function keyBlock(
  suite: CipherSuite,
  server: { readonly version: number; readonly random: Uint8Array },
  client: { readonly random: Uint8Array },
  master: Uint8Array,
): Readonly<Record<TlsSender, DirectionKeys>> | undefined {
  const shape = keyBlockShape(suite, server.version)
  if (shape === undefined) return undefined
  const { macBytes, keyBytes, ivBytes } = shape
  const length = 2 * (macBytes + keyBytes + ivBytes)
  const hash = server.version === TLS_1_2 ? suite.prf : undefined
  const block = prf(hash, master, 'key expansion', Buffer.concat([server.random, client.random]), length)
  const keysOf = (index: 0 | 1): DirectionKeys => {
    const part = (start: number, size: number) => block.subarray(start + index * size, start + (index + 1) * size)
    return {
      macKey: part(0, macBytes),
      key: part(2 * macBytes, keyBytes),
      iv: part(2 * (macBytes + keyBytes), ivBytes),
    }
  }
  return { client: keysOf(0), server: keysOf(1) }
}
