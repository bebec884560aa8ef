import { COUNTERS_BYTES, sortByBlocks } from './block-sort'
import { firstOctets } from './first-octets'
import { hashBlocks } from './generated/sha1-blocks'
import { HmacJob, tagBytes } from './hmac-job'
import { TAIL_BYTES, writeTail } from './message-tail'
import { storeTransposed, swapWords } from './transpose'

/*
 * HMAC-SHA1 tags (RFC 2104, RFC 3711 §4.2.1), five packets at a time: four in the lanes of vectors, and a fifth in plain
 * words. Both hashes begin behind the padded key, where every key has its chaining values already.
 */

const GROUP: usize = 5
const FIFTH: usize = 4
/** Octets of the fifth's chaining value behind five vectors, and of a chaining value. */
const FIFTH_STATE: usize = 80
const STATE_BYTES: usize = 20

/** A thread's room: what one group needs, then the counters of the sort and the order that it makes. */
const WORDS: usize = 0
const INNER: usize = 256
const OUTER: usize = 368
const LIVE: usize = 480
/** What the outer hash takes, and is padded once: the inner hashes as vectors, and the fifth's as octets. */
const OUTER_WORDS: usize = 512
const OUTER_BLOCK: usize = 768
const TAILS: usize = 832
const COUNTERS: usize = TAILS + GROUP * TAIL_BYTES
const ORDER: usize = COUNTERS + COUNTERS_BYTES

/** Bits of the outer hash's message: the block of the key, and the inner hash. */
const OUTER_BITS: i32 = 512 + 160

/** Gives `count` jobs their verdicts, see HmacJob. @param scratch a room that no other thread uses */
export function verifyHmac(jobs: usize, count: i32, scratch: usize): void {
  if (count <= 0) return
  writeOuterPadding(scratch)
  sortByBlocks(jobs, count, scratch + COUNTERS, scratch + ORDER)
  const end = scratch + ORDER + ((<usize>count) << 2)
  for (let group = scratch + ORDER; group < end; group += GROUP << 2) verifyGroup(group, scratch)
}

function writeOuterPadding(scratch: usize): void {
  memory.fill(scratch + OUTER_WORDS, 0, 256 + 64)
  v128.store(scratch + OUTER_WORDS, i32x4.splat(0x80000000), 80)
  v128.store(scratch + OUTER_WORDS, i32x4.splat(OUTER_BITS), 240)
  store<u8>(scratch + OUTER_BLOCK, 0x80, STATE_BYTES)
  store<i32>(scratch + OUTER_BLOCK, bswap<i32>(OUTER_BITS), 60)
}

/** @param group addresses of five jobs, the longest first */
function verifyGroup(group: usize, scratch: usize): void {
  loadStates(group, 0, scratch + INNER)
  loadStates(group, STATE_BYTES, scratch + OUTER)
  let whole: u32 = 0xffffffff
  for (let n: usize = 0; n < GROUP; n++) {
    const job = jobAt(group, n)
    writeTail(job, scratch + TAILS + n * TAIL_BYTES)
    whole = min(whole, load<u32>(job, HmacJob.Length) >> 6)
  }
  keepAllAlive(scratch)
  hashWholeBlocks(group, whole, scratch)
  hashTails(group, whole, scratch)
  hashInnerHashes(scratch)
  compareTags(group, scratch)
}

function jobAt(group: usize, n: usize): usize {
  return load<u32>(group + (n << 2))
}

function keepAllAlive(scratch: usize): void {
  v128.store(scratch + LIVE, i32x4.splat(-1))
  store<i32>(scratch + LIVE, -1, 16)
}

/** The five keys' chaining values of one hash: word by word for the four lanes. */
function loadStates(group: usize, hash: usize, at: usize): void {
  const states0 = statesAt(group, 0) + hash
  const states1 = statesAt(group, 1) + hash
  const states2 = statesAt(group, 2) + hash
  const states3 = statesAt(group, 3) + hash
  storeTransposed(v128.load(states0), v128.load(states1), v128.load(states2), v128.load(states3), at)
  v128.store(
    at,
    i32x4(load<i32>(states0, 16), load<i32>(states1, 16), load<i32>(states2, 16), load<i32>(states3, 16)),
    64,
  )
  const fifth = statesAt(group, FIFTH) + hash
  v128.store(at, v128.load(fifth), FIFTH_STATE)
  store<u32>(at, load<u32>(fifth, 16), FIFTH_STATE + 16)
}

function statesAt(group: usize, n: usize): usize {
  return load<u32>(jobAt(group, n), HmacJob.States)
}

/** Blocks that lie whole in all five messages are read where they are. */
function hashWholeBlocks(group: usize, whole: u32, scratch: usize): void {
  let at0 = messageAt(group, 0)
  let at1 = messageAt(group, 1)
  let at2 = messageAt(group, 2)
  let at3 = messageAt(group, 3)
  let at4 = messageAt(group, FIFTH)
  for (let n: u32 = 0; n < whole; n++) {
    loadWords(at0, at1, at2, at3, scratch + WORDS)
    hashBlocks(scratch + WORDS, at4, scratch + INNER, scratch + LIVE)
    at0 += 64
    at1 += 64
    at2 += 64
    at3 += 64
    at4 += 64
  }
}

function messageAt(group: usize, n: usize): usize {
  return load<u32>(jobAt(group, n), HmacJob.Message)
}

/** The rest, block by block up to the longest message's last: one that has ended keeps its value. */
function hashTails(group: usize, whole: u32, scratch: usize): void {
  const longest = blocksAt(group, 0)
  const blocks = i32x4(longest, blocksAt(group, 1), blocksAt(group, 2), blocksAt(group, 3))
  const fifth = blocksAt(group, FIFTH)
  for (let block = <i32>whole; block < longest; block++) {
    loadWords(
      blockAt(group, 0, block, scratch),
      blockAt(group, 1, block, scratch),
      blockAt(group, 2, block, scratch),
      blockAt(group, 3, block, scratch),
      scratch + WORDS,
    )
    v128.store(scratch + LIVE, i32x4.gt_s(blocks, i32x4.splat(block)))
    store<i32>(scratch + LIVE, fifth > block ? -1 : 0, 16)
    hashBlocks(scratch + WORDS, blockAt(group, FIFTH, block, scratch), scratch + INNER, scratch + LIVE)
  }
}

function blocksAt(group: usize, n: usize): i32 {
  return load<i32>(jobAt(group, n), HmacJob.Blocks)
}

/** Where a block lies: in the packet, in the tail, or, when the message has ended, anywhere. */
function blockAt(group: usize, n: usize, block: i32, scratch: usize): usize {
  const job = jobAt(group, n)
  const whole = load<i32>(job, HmacJob.Length) >> 6
  if (block < whole) return <usize>load<u32>(job, HmacJob.Message) + ((<usize>block) << 6)
  return scratch + TAILS + n * TAIL_BYTES + (block > whole ? 64 : 0)
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

/** The outer hash: of the inner one, which fits into a block. */
function hashInnerHashes(scratch: usize): void {
  for (let n: usize = 0; n < FIFTH_STATE; n += 16) {
    v128.store(scratch + OUTER_WORDS + n, v128.load(scratch + INNER + n))
  }
  const fifth = scratch + INNER + FIFTH_STATE
  v128.store(scratch + OUTER_BLOCK, swapWords(v128.load(fifth)))
  store<u32>(scratch + OUTER_BLOCK, bswap<u32>(load<u32>(fifth, 16)), 16)
  keepAllAlive(scratch)
  hashBlocks(scratch + OUTER_WORDS, scratch + OUTER_BLOCK, scratch + OUTER, scratch + LIVE)
}

function compareTags(group: usize, scratch: usize): void {
  const hash = scratch + OUTER
  // The words of lane n come to lie at the n-th of four vectors, its fifth word stays in the vector behind them.
  storeTransposed(v128.load(hash), v128.load(hash, 16), v128.load(hash, 32), v128.load(hash, 48), hash)
  for (let n: usize = 0; n < FIFTH; n++) {
    compareTag(jobAt(group, n), v128.load(hash + (n << 4)), load<u32>(hash + 64 + (n << 2)))
  }
  compareTag(jobAt(group, FIFTH), v128.load(hash + FIFTH_STATE), load<u32>(hash + FIFTH_STATE, 16))
}

/** @param first four words of the hash, @param fifth its last, in host order */
function compareTag(job: usize, first: v128, fifth: u32): void {
  const tag = <usize>load<u32>(job, HmacJob.TagAt)
  const bytes = tagBytes(job)
  const difference = v128.xor(swapWords(first), v128.load(tag))
  let same = !v128.any_true(v128.and(difference, firstOctets(bytes)))
  if (bytes > 16) {
    const rest = bswap<u32>(fifth) ^ load<u32>(tag, 16)
    same = same && rest << (32 - ((bytes - 16) << 3)) == 0
  }
  store<i32>(job, same ? 1 : 0, HmacJob.Verdict)
}
