import { seededGenerator } from '../samples/seeded-random.ts'

/** Values that lengths and counts go wrong at. */
const EDGES = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255]
const WIDE_EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff]

/** Changes inputs at random, the same way for the same seed. */
export class Mutator {
  readonly #next: () => number
  readonly #words: readonly Uint8Array[]
  readonly #longest: number

  constructor(seed: string, words: readonly (string | Uint8Array)[], longest: number) {
    this.#next = seededGenerator(seed)
    this.#words = words.map((word) => (typeof word === 'string' ? Buffer.from(word, 'utf8') : word))
    this.#longest = longest
  }

  /** A number from 0 to below `end`. */
  below(end: number): number {
    return end <= 1 ? 0 : this.#next() % end
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]
  }

  /** An input like this one: changed in one to some places, with parts of another one in it now and then. */
  changed(input: Uint8Array, other: Uint8Array): Uint8Array {
    let bytes = Uint8Array.from(input)
    for (let left = 1 + this.below(1 << this.below(5)); left > 0; left--) {
      bytes = this.pick(CHANGES)(this, bytes, other, this.#words)
    }
    return bytes.length > this.#longest ? bytes.slice(0, this.#longest) : bytes
  }
}

type Change = (
  random: Mutator,
  bytes: Uint8Array<ArrayBuffer>,
  other: Uint8Array,
  words: readonly Uint8Array[],
) => Uint8Array<ArrayBuffer>

const CHANGES: readonly Change[] = [
  (random, bytes) => overwritten(bytes, random.below(bytes.length), [random.below(256)]),
  (random, bytes) => flipped(bytes, random.below(bytes.length), 1 << random.below(8)),
  (random, bytes) => overwritten(bytes, random.below(bytes.length), [random.pick(EDGES)]),
  (random, bytes) => overwritten(bytes, random.below(bytes.length), wide(random)),
  (random, bytes) => {
    const at = random.below(bytes.length)
    return spliced(bytes, at, 1 + random.below(1 << random.below(10)), [])
  },
  (random, bytes) => {
    const at = random.below(bytes.length)
    const part = bytes.slice(at, at + 1 + random.below(1 << random.below(9)))
    return spliced(bytes, random.below(bytes.length + 1), 0, part)
  },
  (random, bytes, other) => {
    const at = random.below(other.length)
    const part = other.subarray(at, at + 1 + random.below(1 << random.below(11)))
    return spliced(bytes, random.below(bytes.length + 1), random.below(2) * part.length, part)
  },
  (random, bytes, _other, words) =>
    words.length === 0
      ? bytes
      : spliced(bytes, random.below(bytes.length + 1), random.below(2) * random.below(16), random.pick(words)),
  (random, bytes) => bytes.slice(0, random.below(bytes.length + 1)),
  (random, bytes) => {
    // A run of one octet: what grows with its length shows here.
    const run = new Uint8Array(1 + random.below(1 << random.below(13))).fill(bytes[random.below(bytes.length)] ?? 0)
    return spliced(bytes, random.below(bytes.length + 1), 0, run)
  },
  (random, bytes) => {
    const [one, two] = [random.below(bytes.length), random.below(bytes.length)]
    const length = 1 + random.below(64)
    const [first, second] = [bytes.slice(one, one + length), bytes.slice(two, two + length)]
    return overwritten(overwritten(bytes, one, second), two, first)
  },
  (random, bytes) => {
    // Digits are lengths, counts and ports in texts.
    const at = bytes.findIndex((octet, n) => n >= random.below(bytes.length) && octet >= 0x30 && octet <= 0x39)
    return at < 0 ? bytes : spliced(bytes, at, 1, Buffer.from(String(random.pick(WIDE_EDGES))))
  },
]

function wide(random: Mutator): Uint8Array {
  const value = random.pick(WIDE_EDGES)
  const four = Buffer.alloc(4)
  if (random.below(2) === 0) four.writeUInt32BE(value)
  else four.writeUInt32LE(value)
  const length = 2 + random.below(3)
  return random.below(2) === 0 ? four.subarray(0, length) : four.subarray(4 - length)
}

function overwritten(bytes: Uint8Array<ArrayBuffer>, at: number, by: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  for (let n = 0; n < by.length && at + n < bytes.length; n++) bytes[at + n] = by[n]
  return bytes
}

function flipped(bytes: Uint8Array<ArrayBuffer>, at: number, bits: number): Uint8Array<ArrayBuffer> {
  if (at < bytes.length) bytes[at] ^= bits
  return bytes
}

function spliced(bytes: Uint8Array, at: number, removed: number, added: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(Math.max(0, at) + added.length + Math.max(0, bytes.length - at - removed))
  result.set(bytes.subarray(0, at))
  result.set(added, at)
  result.set(bytes.subarray(at + removed), at + added.length)
  return result
}
