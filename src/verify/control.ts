import { LIMITS } from '../limits/limits.ts'

/** Int32 words that the threads of a scan meet on, accessed with Atomics. */
export const C = {
  /** The next slab that nobody has claimed. */
  NextSlab: 0,
  /** The slab whose turn it is to be walked. */
  Token: 1,
  /** Slabs below this one have had their signalling parsed. */
  Watermark: 2,
  /** The slab whose turn it is to be committed. */
  Commit: 3,
  /** Slabs filled so far, where one thread fills; for a file every thread reads its own. */
  Filled: 4,
  /** 1 + the last slab's number once it is known, 0 before. */
  End: 5,
  /** 1: stop as soon as possible. */
  Abort: 6,
  /** Counts up whenever something happens that the main thread may wait for. */
  MainWake: 7,
  /** Ring of signalling: octets written and read so far, modulo 2^32. */
  RingWritten: 8,
  RingRead: 9,
  /** 1 + the last slab that brought signalling or new streams. Token only. */
  News: 10,
  /** Counts up where streams and keys were let go: numbers of keys may mean others since. */
  Generation: 11,
  /** 1 + the first slab of a plain file for which it had fewer octets than when it was opened. */
  Shrunk: 12,
  /** Threads of the pool that are up. */
  Up: 13,
  /** 1 once what hashes nine messages at a time was optimised. */
  HashNine: 14,
} as const

/** Where the Float64 words begin. */
export const CONTROL_FLOATS_AT = 256

/** Float64 words: written under the token, or under the commit turn. */
export const CF = {
  /** Records seen so far in the whole trace. */
  Position: 0,
  /** Time of the record before, µs. */
  TimeUs: 1,
  /** Streams at the end of the slab before. */
  Streams: 5,
  /** Octets written to the spill of deferred packets (commit turn), and of reassembled ones (token). */
  DeferredSpillBytes: 2,
  ReassembledSpillBytes: 3,
  /** Packets that were not spilled: because of the limit, and because the disk had no room. */
  SpillRefused: 4,
  SpillLost: 6,
  /** Per capture, DECODE_OUTCOMES words: records by outcome of their decoding (index is Decode). */
  Decoded: 8,
} as const

export const DECODE_OUTCOMES = 8
/** Captures whose decoding is counted apart; those beyond are counted with the last. */
export const MAX_CAPTURES = LIMITS.capturesCountedApart.most
const CONTROL_FLOATS = CF.Decoded + MAX_CAPTURES * DECODE_OUTCOMES
export const CONTROL_BYTES = CONTROL_FLOATS_AT + CONTROL_FLOATS * 8

export class Control {
  readonly words: Int32Array
  readonly floats: Float64Array

  constructor(buffer: ArrayBufferLike, byteOffset: number) {
    this.words = new Int32Array(buffer, byteOffset, 64)
    this.floats = new Float64Array(buffer, byteOffset + CONTROL_FLOATS_AT, CONTROL_FLOATS)
  }

  /** Counts a record of a capture by what the decoder said of it; under the token. */
  countDecoded(capture: number, decode: number): void {
    this.floats[CF.Decoded + Math.min(capture, MAX_CAPTURES - 1) * DECODE_OUTCOMES + decode]++
  }

  decoded(capture: number, decode: number): number {
    return this.floats[CF.Decoded + Math.min(capture, MAX_CAPTURES - 1) * DECODE_OUTCOMES + decode]
  }

  load(word: number): number {
    return Atomics.load(this.words, word)
  }

  /** Stores and wakes whoever waits for this word, and the main thread. */
  publish(word: number, value: number): void {
    Atomics.store(this.words, word, value)
    Atomics.notify(this.words, word)
    this.wakeMain()
  }

  /** Keeps the lowest of what several threads note; 0 stands for none. */
  noteLowest(word: number, value: number): void {
    for (let seen = this.load(word); seen === 0 || seen > value; seen = this.load(word)) {
      Atomics.compareExchange(this.words, word, seen, value)
    }
  }

  wakeMain(): void {
    Atomics.add(this.words, C.MainWake, 1)
    Atomics.notify(this.words, C.MainWake)
  }

  /** Blocks a worker thread until `word` is no longer `seen`, or a little while: the caller looks again. */
  wait(word: number, seen: number): void {
    Atomics.wait(this.words, word, seen, 100)
  }
}
