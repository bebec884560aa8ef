import type { Place } from '../../bench/captures/trace-writer.ts'

const PLACES = 6000
/** A table of so many has at least so many chains. */
const CHAIN_BITS = 12
const MASK = (1 << CHAIN_BITS) - 1

let found: readonly Place[] | undefined

/** Addresses and ports that stand in one chain of a Map where they are looked up as one number, unmixed; over and over. */
export function collidingPlace(n: number): Place {
  found ??= search()
  return found[n % PLACES]
}

function search(): Place[] {
  const places: Place[] = []
  for (let number = 0x0a00_0000 * 65_536; places.length < PLACES; number++) {
    if ((longHash(number) & MASK) === 1) places.push({ address: Math.floor(number / 65_536), port: number % 65_536 })
  }
  return places
}

const DOUBLE = new Float64Array(1)
const WORDS = new Uint32Array(DOUBLE.buffer)

/** V8's hash of a number beyond 32 bits: Thomas Wang's of the 64 bits of the double, in two words. Its lower 32 bits. */
function longHash(number: number): number {
  DOUBLE[0] = number
  let [low, high] = WORDS
  // ~h + (h << 18)
  const shifted = low << 18
  const sum = (~low >>> 0) + (shifted >>> 0)
  high = (~high + ((high << 18) | (low >>> 14)) + (sum > 0xffff_ffff ? 1 : 0)) >>> 0
  low = sum >>> 0
  // h ^ (h >> 31)
  ;[low, high] = [(low ^ ((high << 1) | (low >>> 31))) >>> 0, (high ^ (high >>> 31)) >>> 0]
  // h * 21
  const product = low * 21
  high = (Math.imul(high, 21) + Math.floor(product / 2 ** 32)) >>> 0
  low = product >>> 0
  // h ^ (h >> 11)
  ;[low, high] = [(low ^ ((high << 21) | (low >>> 11))) >>> 0, (high ^ (high >>> 11)) >>> 0]
  // h + (h << 6)
  const more = low + ((low << 6) >>> 0)
  high = (high + ((high << 6) | (low >>> 26)) + (more > 0xffff_ffff ? 1 : 0)) >>> 0
  low = more >>> 0
  // h ^ (h >> 22)
  return (low ^ ((high << 10) | (low >>> 22))) >>> 0
}
