/** Bits of a key that HMAC's inner and outer hash begin with (RFC 2104 §2). */
const INNER_PAD: u8 = 0x36
const OUTER_PAD: u8 = 0x5c
const STATE_BYTES: usize = 20

/**
 * HMAC-SHA1's chaining values behind the padded key: the inner one, 5 words in host order, and the outer one.
 *
 * It is done once a key, by any thread, so it needs no room but its locals.
 *
 * @param key up to 64 octets; @param states room for 40
 */
export function hmacStates(key: usize, keyLength: i32, states: usize): void {
  hashPaddedKey(key, keyLength, INNER_PAD, states)
  hashPaddedKey(key, keyLength, OUTER_PAD, states + STATE_BYTES)
}

/** SHA-1 (FIPS 180-4 §6.1.2) of one block: four rounds at a time, with four vectors for the last sixteen words. */
function hashPaddedKey(key: usize, keyLength: i32, pad: u8, state: usize): void {
  let w0 = keyWords(key, keyLength, pad, 0)
  let w1 = keyWords(key, keyLength, pad, 16)
  let w2 = keyWords(key, keyLength, pad, 32)
  let w3 = keyWords(key, keyLength, pad, 48)
  let a: u32 = 0x67452301
  let b: u32 = 0xefcdab89
  let c: u32 = 0x98badcfe
  let d: u32 = 0x10325476
  let e: u32 = 0xc3d2e1f0
  for (let t = 0; t < 80; t += 4) {
    let words = w0
    for (let n = 0; n < 4; n++) {
      const next = rotl<u32>(a, 5) + mixed(t, b, c, d) + e + i32x4.extract_lane(words, 0)
      words = v128.shuffle<i32>(words, words, 1, 2, 3, 0)
      e = d
      d = c
      c = rotl<u32>(b, 30)
      b = a
      a = next
    }
    const next = nextWords(w0, w1, w2, w3)
    w0 = w1
    w1 = w2
    w2 = w3
    w3 = next
  }
  store<u32>(state, 0x67452301 + a)
  store<u32>(state, 0xefcdab89 + b, 4)
  store<u32>(state, 0x98badcfe + c, 8)
  store<u32>(state, 0x10325476 + d, 12)
  store<u32>(state, 0xc3d2e1f0 + e, 16)
}

/** Sixteen octets of the padded key as words. What follows the key in memory is not of it. */
function keyWords(key: usize, keyLength: i32, pad: u8, from: i32): v128 {
  const within = i8x16.lt_s(
    i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    i8x16.splat(<i8>(keyLength - from)),
  )
  const octets = v128.xor(v128.and(v128.load(key + <usize>from), within), i8x16.splat(pad))
  return i8x16.swizzle(octets, i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12))
}

/** The function and the constant of round t. */
function mixed(t: i32, x: u32, y: u32, z: u32): u32 {
  if (t < 20) return ((x & y) ^ (~x & z)) + 0x5a827999
  if (t < 40) return (x ^ y ^ z) + 0x6ed9eba1
  if (t < 60) return ((x & y) ^ (x & z) ^ (y & z)) + 0x8f1bbcdc
  return (x ^ y ^ z) + 0xca62c1d6
}

/** The four words behind sixteen. The last depends on the first of the four, so that is worked in afterwards. */
function nextWords(w0: v128, w1: v128, w2: v128, w3: v128): v128 {
  const ago14 = v128.shuffle<i32>(w0, w1, 2, 3, 4, 5)
  const ago3 = v128.shuffle<i32>(w3, i32x4.splat(0), 1, 2, 3, 4)
  const sum = v128.xor(v128.xor(w0, ago14), v128.xor(w2, ago3))
  const words = v128.or(i32x4.shl(sum, 1), i32x4.shr_u(sum, 31))
  const first = rotl<u32>(i32x4.extract_lane(words, 0), 1)
  return v128.xor(words, i32x4(0, 0, 0, first))
}
