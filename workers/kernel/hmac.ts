import { COUNTERS_BYTES, sortByBlocks } from './block-sort'
import { firstOctets } from './first-octets'
import { hashBlocks } from './generated/sha1-block'
import { HmacJob, tagBytes } from './hmac-job'
import { TAIL_BYTES, writeTail } from './message-tail'
import { storeTransposed, swapWords } from './transpose'

/*
 * HMAC-SHA1 tags (RFC 2104, RFC 3711 §4.2.1), four packets at a time, one in each lane of a vector. Both hashes begin
 * behind the padded key, where every key has its chaining values already.
 */

/** A thread's room: what one group of four needs, then the counters of the sort and the order that it makes. */
const WORDS: usize = 0
/** Chaining values of the inner hash; with what follows them they are the words of the outer hash's only block. */
const INNER: usize = 256
const OUTER: usize = 512
const LIVE: usize = 592
const TAILS: usize = 608
const COUNTERS: usize = TAILS + 4 * TAIL_BYTES
const ORDER: usize = COUNTERS + ((COUNTERS_BYTES + 15) & ~15)

/** Bits of the outer hash's message: the block of the key, and the inner hash. */
const OUTER_BITS: i32 = 512 + 160
const OUTER_STATE: usize = 20

/** Gives `count` jobs their verdicts, see HmacJob. @param scratch a room that no other thread uses */
export function verifyHmac(jobs: usize, count: i32, scratch: usize): void {
  if (count <= 0) return
  writeOuterPadding(scratch + INNER)
  sortByBlocks(jobs, count, scratch + COUNTERS, scratch + ORDER)
  const end = scratch + ORDER + ((<usize>count) << 2)
  for (let group = scratch + ORDER; group < end; group += 16) verifyGroup(group, scratch)
}

function writeOuterPadding(words: usize): void {
  v128.store(words, i32x4.splat(0x80000000), 80)
  for (let n: usize = 96; n < 240; n += 16) v128.store(words + n, i32x4.splat(0))
  v128.store(words, i32x4.splat(OUTER_BITS), 240)
}

/** @param group addresses of four jobs, the longest first */
function verifyGroup(group: usize, scratch: usize): void {
  loadStates(group, 0, scratch + INNER)
  loadStates(group, OUTER_STATE, scratch + OUTER)
  let whole: u32 = 0xffffffff
  for (let lane: usize = 0; lane < 4; lane++) {
    const job = jobAt(group, lane)
    writeTail(job, scratch + TAILS + lane * TAIL_BYTES)
    whole = min(whole, load<u32>(job, HmacJob.Length) >> 6)
  }
  hashWholeBlocks(group, whole, scratch)
  hashTails(group, whole, scratch)
  v128.store(scratch + LIVE, i32x4.splat(-1))
  hashBlocks(scratch + INNER, scratch + OUTER, scratch + LIVE)
  compareTags(group, scratch)
}

function jobAt(group: usize, lane: usize): usize {
  return load<u32>(group + (lane << 2))
}

/** The four keys' chaining values of one hash, word by word. */
function loadStates(group: usize, hash: usize, at: usize): void {
  const states0 = <usize>load<u32>(jobAt(group, 0), HmacJob.States) + hash
  const states1 = <usize>load<u32>(jobAt(group, 1), HmacJob.States) + hash
  const states2 = <usize>load<u32>(jobAt(group, 2), HmacJob.States) + hash
  const states3 = <usize>load<u32>(jobAt(group, 3), HmacJob.States) + hash
  storeTransposed(v128.load(states0), v128.load(states1), v128.load(states2), v128.load(states3), at)
  let fifth = v128.load32_zero(states0, 16)
  fifth = v128.load_lane<u32>(states1, fifth, 1, 16)
  fifth = v128.load_lane<u32>(states2, fifth, 2, 16)
  fifth = v128.load_lane<u32>(states3, fifth, 3, 16)
  v128.store(at, fifth, 64)
}

/** Blocks that lie whole in all four messages are read where they are. */
function hashWholeBlocks(group: usize, whole: u32, scratch: usize): void {
  v128.store(scratch + LIVE, i32x4.splat(-1))
  let at0 = <usize>load<u32>(jobAt(group, 0), HmacJob.Message)
  let at1 = <usize>load<u32>(jobAt(group, 1), HmacJob.Message)
  let at2 = <usize>load<u32>(jobAt(group, 2), HmacJob.Message)
  let at3 = <usize>load<u32>(jobAt(group, 3), HmacJob.Message)
  for (let n: u32 = 0; n < whole; n++) {
    loadWords(at0, at1, at2, at3, scratch + WORDS)
    hashBlocks(scratch + WORDS, scratch + INNER, scratch + LIVE)
    at0 += 64
    at1 += 64
    at2 += 64
    at3 += 64
  }
}

/** The rest, block by block up to the longest message's last: a lane whose message has ended keeps its value. */
function hashTails(group: usize, whole: u32, scratch: usize): void {
  const longest = load<u32>(jobAt(group, 0), HmacJob.Blocks)
  const blocks = i32x4(
    longest,
    load<u32>(jobAt(group, 1), HmacJob.Blocks),
    load<u32>(jobAt(group, 2), HmacJob.Blocks),
    load<u32>(jobAt(group, 3), HmacJob.Blocks),
  )
  for (let n = whole; n < longest; n++) {
    loadWords(
      blockAt(group, 0, n, scratch),
      blockAt(group, 1, n, scratch),
      blockAt(group, 2, n, scratch),
      blockAt(group, 3, n, scratch),
      scratch + WORDS,
    )
    v128.store(scratch + LIVE, i32x4.gt_s(blocks, i32x4.splat(n)))
    hashBlocks(scratch + WORDS, scratch + INNER, scratch + LIVE)
  }
}

/** Where block n of a lane lies: in the packet, in the tail, or, when the message has ended, anywhere. */
function blockAt(group: usize, lane: usize, n: u32, scratch: usize): usize {
  const job = jobAt(group, lane)
  const whole = load<u32>(job, HmacJob.Length) >> 6
  if (n < whole) return <usize>load<u32>(job, HmacJob.Message) + (n << 6)
  return scratch + TAILS + lane * TAIL_BYTES + (n > whole ? 64 : 0)
}

/** The sixteen words of four blocks, word by word. */
function loadWords(at0: usize, at1: usize, at2: usize, at3: usize, words: usize): void {
  for (let n: usize = 0; n < 64; n += 16) {
    storeTransposed(
      swapWords(v128.load(at0 + n)),
      swapWords(v128.load(at1 + n)),
      swapWords(v128.load(at2 + n)),
      swapWords(v128.load(at3 + n)),
      words + (n << 2),
    )
  }
}

function compareTags(group: usize, scratch: usize): void {
  const hash = scratch + OUTER
  const fifth = swapWords(v128.load(hash, 64))
  storeTransposed(v128.load(hash), v128.load(hash, 16), v128.load(hash, 32), v128.load(hash, 48), hash)
  v128.store(hash, fifth, 64)
  for (let lane: usize = 0; lane < 4; lane++) {
    const job = jobAt(group, lane)
    const tag = <usize>load<u32>(job, HmacJob.TagAt)
    const bytes = tagBytes(job)
    const difference = v128.xor(swapWords(v128.load(hash + (lane << 4))), v128.load(tag))
    let same = !v128.any_true(v128.and(difference, firstOctets(bytes)))
    if (bytes > 16) {
      const rest = load<u32>(hash + 64 + (lane << 2)) ^ load<u32>(tag, 16)
      same = same && rest << (32 - ((<u32>(bytes - 16)) << 3)) == 0
    }
    store<i32>(job, same ? 1 : 0, HmacJob.Verdict)
  }
}
