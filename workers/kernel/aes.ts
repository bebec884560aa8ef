import { COLUMNS_0, COLUMNS_1, COLUMNS_2, COLUMNS_3, SBOX } from './generated/aes-tables'

/** Octets of the longest key schedule: 14 rounds and the first key. */
export const ROUND_KEYS_BYTES: usize = 240

/** Rounds of AES under a key of 16, 24 or 32 octets (FIPS 197 §5, table 3). */
export function roundsOf(keyLength: i32): i32 {
  return (keyLength >> 2) + 6
}

/** The key schedule (FIPS 197 §5.2). @param roundKeys room for ROUND_KEYS_BYTES */
export function expandKey(key: usize, keyLength: i32, roundKeys: usize): void {
  const keyWords = keyLength >> 2
  const words = (roundsOf(keyLength) + 1) << 2
  let roundConstant: u32 = 1
  for (let n = 0; n < words; n++) {
    const at = roundKeys + ((<usize>n) << 2)
    if (n < keyWords) {
      store<u32>(at, load<u32>(key + ((<usize>n) << 2)))
      continue
    }
    let word = load<u32>(at - 4)
    if (n % keyWords == 0) {
      word = substitute(rotr<u32>(word, 8)) ^ roundConstant
      roundConstant = (roundConstant << 1) ^ (roundConstant >> 7 == 0 ? 0 : 0x11b)
    } else if (keyWords == 8 && n % keyWords == 4) word = substitute(word)
    store<u32>(at, load<u32>(at - <usize>keyLength) ^ word)
  }
}

function substitute(word: u32): u32 {
  return mixedSubstitutes(word, word, word, word)
}

/** The cipher (FIPS 197 §5.1): all but the last round look up SubBytes and MixColumns together. */
export function encrypt(block: v128, roundKeys: usize, rounds: i32): v128 {
  const start = v128.xor(block, v128.load(roundKeys))
  let column0 = i32x4.extract_lane(start, 0)
  let column1 = i32x4.extract_lane(start, 1)
  let column2 = i32x4.extract_lane(start, 2)
  let column3 = i32x4.extract_lane(start, 3)
  const last = roundKeys + ((<usize>rounds) << 4)
  for (let keys = roundKeys + 16; keys < last; keys += 16) {
    const next0 = mixedColumn(column0, column1, column2, column3) ^ load<u32>(keys)
    const next1 = mixedColumn(column1, column2, column3, column0) ^ load<u32>(keys, 4)
    const next2 = mixedColumn(column2, column3, column0, column1) ^ load<u32>(keys, 8)
    const next3 = mixedColumn(column3, column0, column1, column2) ^ load<u32>(keys, 12)
    column0 = next0
    column1 = next1
    column2 = next2
    column3 = next3
  }
  return v128.xor(
    i32x4(
      mixedSubstitutes(column0, column1, column2, column3),
      mixedSubstitutes(column1, column2, column3, column0),
      mixedSubstitutes(column2, column3, column0, column1),
      mixedSubstitutes(column3, column0, column1, column2),
    ),
    v128.load(last),
  )
}

/** Encrypts blocks where they lie, each by itself. @param roundKeys room for ROUND_KEYS_BYTES */
export function encryptBlocks(key: usize, keyLength: i32, blocks: usize, count: i32, roundKeys: usize): void {
  expandKey(key, keyLength, roundKeys)
  const end = blocks + ((<usize>count) << 4)
  for (let at = blocks; at < end; at += 16) {
    v128.store(at, encrypt(v128.load(at), roundKeys, roundsOf(keyLength)))
  }
}

/** ShiftRows takes a column's four octets from four columns. */
function mixedColumn(from0: u32, from1: u32, from2: u32, from3: u32): u32 {
  return (
    load<u32>((from0 << 2) & 0x3fc, COLUMNS_0) ^
    load<u32>((from1 >> 6) & 0x3fc, COLUMNS_1) ^
    load<u32>((from2 >> 14) & 0x3fc, COLUMNS_2) ^
    load<u32>((from3 >> 22) & 0x3fc, COLUMNS_3)
  )
}

function mixedSubstitutes(from0: u32, from1: u32, from2: u32, from3: u32): u32 {
  return (
    <u32>load<u8>(from0 & 0xff, SBOX) |
    ((<u32>load<u8>((from1 >> 8) & 0xff, SBOX)) << 8) |
    ((<u32>load<u8>((from2 >> 16) & 0xff, SBOX)) << 16) |
    ((<u32>load<u8>(from3 >> 24, SBOX)) << 24)
  )
}
