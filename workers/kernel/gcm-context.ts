import { encrypt, expandKey, ROUND_KEYS_BYTES, roundsOf } from './aes'
import { MULTIPLES_BYTES, swapBlock, writeMultiples } from './ghash'

/*
 * What is made once of a session key, its context: the multiples of H for GHASH, the key schedule of AES, the salt as a
 * block that ends with the counter of J0, and the number of rounds.
 */
const ROUND_KEYS: usize = MULTIPLES_BYTES
const SALT: usize = ROUND_KEYS + ROUND_KEYS_BYTES
const ROUNDS: usize = SALT + 16
export const GCM_CONTEXT_BYTES: usize = ROUNDS + 64

/** @param keyLength 16 or 32; @param salt 12 octets; @param context room for GCM_CONTEXT_BYTES */
export function gcmContext(key: usize, keyLength: i32, salt: usize, context: usize): void {
  const rounds = roundsOf(keyLength)
  expandKey(key, keyLength, context + ROUND_KEYS)
  store<i32>(context, rounds, ROUNDS)
  store<u64>(context, load<u64>(salt), SALT)
  store<u32>(context, load<u32>(salt, 8), SALT + 8)
  // NIST SP 800-38D §7.1: J0 is the IV and a counter of 1.
  store<u32>(context, bswap<u32>(1), SALT + 12)
  writeMultiples(swapBlock(encrypt(i64x2.splat(0), context + ROUND_KEYS, rounds)), context)
}

/** What hides the tag: J0 encrypted. @param iv what the salt is XORed with, twelve octets and four zeros */
export function tagMask(context: usize, iv: v128): v128 {
  const j0 = v128.xor(v128.load(context, SALT), iv)
  return encrypt(j0, context + ROUND_KEYS, load<i32>(context, ROUNDS))
}
