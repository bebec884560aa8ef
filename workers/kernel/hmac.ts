import { COUNTERS_BYTES, sortByBlocks } from './block-sort'
import { firstOctets } from './first-octets'
import { hashFive } from './generated/hash-five'
import { HmacJob, tagBytes } from './hmac-job'
import { TAIL_BYTES, writeTail } from './message-tail'
import { storeTransposed, swapWords } from './transpose'

/*
 * HMAC-SHA1 tags (RFC 2104, RFC 3711 §4.2.1), a group of packets at a time: five, four of them in the lanes of a vector
 * and the fifth in plain words, or nine with two vectors. Both hashes begin behind the padded key, where every key has its
 * chaining values already.
 *
 * What is kept of a group lies row by row, a word of every lane: `row` is the octets of one or two vectors. What is
 * the plain lane's lies behind the rows.
 */

const FIVE_ROW: usize = 16
const NINE_ROW: usize = 32
/** Where the table of functions has the nine's: a module of its own, for V8 is told how to compile it (src/verify/hash-nine.ts). */
const HASH_NINE: u32 = 0
const FIVE: usize = 5
const NINE: usize = 9
const STATE_BYTES: usize = 20

/** A thread's room: what one group needs, then the counters of the sort and the order that it makes. */
const WORDS: usize = 0
const INNER: usize = WORDS + 16 * NINE_ROW
const OUTER: usize = INNER + 192
const LIVE: usize = OUTER + 192
/** What the outer hash takes, and is padded once: the inner hashes in rows, and the plain lane's as octets. */
const OUTER_WORDS: usize = LIVE + 64
const OUTER_BLOCK: usize = OUTER_WORDS + 16 * NINE_ROW
const TAILS: usize = OUTER_BLOCK + 64
const COUNTERS: usize = TAILS + NINE * TAIL_BYTES
const ORDER: usize = COUNTERS + COUNTERS_BYTES

/** Bits of the outer hash's message: the block of the key, and the inner hash. */
const OUTER_BITS: i32 = 512 + 160

/**
 * Gives `count` jobs their verdicts, see HmacJob.
 *
 * @param scratch a room that no other thread uses; @param nines 1 where the table has what hashes nine at a time. What does
 *   not verify so is verified again, five at a time: what V8 makes of it is an experiment
 * @returns how many were verified five at a time
 */
export function verifyHmac(jobs: usize, count: i32, scratch: usize, nines: i32): i32 {
  if (count <= 0) return 0
  const order = scratch + ORDER
  sortByBlocks(jobs, count, scratch + COUNTERS, order)
  const end = order + ((<usize>count) << 2)
  const left = nines != 0 ? verifyNines(order, end, scratch) : end
  verifyFives(order, left, scratch)
  return <i32>((left - order) >> 2)
}

/** @param order addresses of jobs up to `end`, the longest first; returns the end of those that are left, from `order` on */
function verifyNines(order: usize, end: usize, scratch: usize): usize {
  writeOuterPadding(scratch, NINE_ROW)
  let left = order
  let group = order
  for (; group + (NINE << 2) <= end; group += NINE << 2) {
    verifyGroup(group, scratch, NINE_ROW)
    for (let n: usize = 0; n < NINE; n++) {
      const job = jobAt(group, n)
      if (load<u32>(job, HmacJob.Verdict) == 0) left = append(left, job)
    }
  }
  for (; group < end; group += 4) left = append(left, load<u32>(group))
  return left
}

function append(order: usize, job: usize): usize {
  store<u32>(order, job)
  return order + 4
}

/** The same, of all; behind the order there is room for four. */
function verifyFives(order: usize, end: usize, scratch: usize): void {
  if (order == end) return
  writeOuterPadding(scratch, FIVE_ROW)
  const last = load<u32>(end - 4)
  for (let n: usize = 0; n < 16; n += 4) store<u32>(end + n, last)
  for (let group = order; group < end; group += FIVE << 2) verifyGroup(group, scratch, FIVE_ROW)
}

function writeOuterPadding(scratch: usize, row: usize): void {
  const rows = scratch + OUTER_WORDS
  memory.fill(rows + 5 * row, 0, 11 * row)
  for (let n: usize = 0; n < row; n += 16) {
    v128.store(rows + 5 * row + n, i32x4.splat(0x80000000))
    v128.store(rows + 15 * row + n, i32x4.splat(OUTER_BITS))
  }
  memory.fill(scratch + OUTER_BLOCK, 0, 64)
  store<u8>(scratch + OUTER_BLOCK, 0x80, STATE_BYTES)
  store<i32>(scratch + OUTER_BLOCK, bswap<i32>(OUTER_BITS), 60)
}

/** @param group addresses of a job for each lane, the longest first */
function verifyGroup(group: usize, scratch: usize, row: usize): void {
  const plain = plainLane(row)
  loadStates(group, 0, scratch + INNER, row)
  loadStates(group, STATE_BYTES, scratch + OUTER, row)
  let whole: u32 = 0xffffffff
  for (let n: usize = 0; n <= plain; n++) {
    const job = jobAt(group, n)
    writeTail(job, scratch + TAILS + n * TAIL_BYTES)
    whole = min(whole, load<u32>(job, HmacJob.Length) >> 6)
  }
  keepAllAlive(scratch, row)
  hashWholeBlocks(group, whole, scratch, row)
  hashTails(group, whole, scratch, row)
  hashInnerHashes(scratch, row)
  compareTags(group, scratch, row)
}

/** The number of the lane behind those of a row. */
function plainLane(row: usize): usize {
  return row >> 2
}

function jobAt(group: usize, n: usize): usize {
  return load<u32>(group + (n << 2))
}

function keepAllAlive(scratch: usize, row: usize): void {
  for (let n: usize = 0; n < row; n += 16) v128.store(scratch + LIVE + n, i32x4.splat(-1))
  store<i32>(scratch + LIVE + row, -1)
}

/** The keys' chaining values of one hash: word by word for the lanes of a row. */
function loadStates(group: usize, hash: usize, at: usize, row: usize): void {
  for (let n: usize = 0; n < plainLane(row); n += 4) {
    const states0 = statesAt(group, n) + hash
    const states1 = statesAt(group, n + 1) + hash
    const states2 = statesAt(group, n + 2) + hash
    const states3 = statesAt(group, n + 3) + hash
    const column = at + (n << 2)
    storeTransposed(v128.load(states0), v128.load(states1), v128.load(states2), v128.load(states3), column, row)
    v128.store(
      column + 4 * row,
      i32x4(load<i32>(states0, 16), load<i32>(states1, 16), load<i32>(states2, 16), load<i32>(states3, 16)),
    )
  }
  const plain = statesAt(group, plainLane(row)) + hash
  v128.store(at + 5 * row, v128.load(plain))
  store<u32>(at + 5 * row, load<u32>(plain, 16), 16)
}

function statesAt(group: usize, n: usize): usize {
  return load<u32>(jobAt(group, n), HmacJob.States)
}

/** Blocks that lie whole in all messages are read where they are. */
function hashWholeBlocks(group: usize, whole: u32, scratch: usize, row: usize): void {
  const plain = messageAt(group, plainLane(row))
  for (let n: usize = 0; n < whole; n++) {
    const block = n << 6
    for (let lane: usize = 0; lane < plainLane(row); lane += 4) {
      loadWords(
        messageAt(group, lane) + block,
        messageAt(group, lane + 1) + block,
        messageAt(group, lane + 2) + block,
        messageAt(group, lane + 3) + block,
        scratch + WORDS + (lane << 2),
        row,
      )
    }
    hashBlocks(scratch + WORDS, plain + block, scratch + INNER, scratch, row)
  }
}

function messageAt(group: usize, n: usize): usize {
  return load<u32>(jobAt(group, n), HmacJob.Message)
}

/** A block of every lane into its chaining value: words in rows, and the plain lane's octets. */
function hashBlocks(words: usize, block: usize, states: usize, scratch: usize, row: usize): void {
  if (row == NINE_ROW) call_indirect<void>(HASH_NINE, words, block, states, scratch + LIVE)
  else hashFive(words, block, states, scratch + LIVE)
}

/** The rest, block by block up to the longest message's last: one that has ended keeps its value. */
function hashTails(group: usize, whole: u32, scratch: usize, row: usize): void {
  const plain = plainLane(row)
  const longest = blocksAt(group, 0)
  for (let block = <i32>whole; block < longest; block++) {
    for (let n: usize = 0; n < plain; n += 4) {
      loadWords(
        blockAt(group, n, block, scratch),
        blockAt(group, n + 1, block, scratch),
        blockAt(group, n + 2, block, scratch),
        blockAt(group, n + 3, block, scratch),
        scratch + WORDS + (n << 2),
        row,
      )
      const blocks = i32x4(blocksAt(group, n), blocksAt(group, n + 1), blocksAt(group, n + 2), blocksAt(group, n + 3))
      v128.store(scratch + LIVE + (n << 2), i32x4.gt_s(blocks, i32x4.splat(block)))
    }
    store<i32>(scratch + LIVE + row, blocksAt(group, plain) > block ? -1 : 0)
    hashBlocks(scratch + WORDS, blockAt(group, plain, block, scratch), scratch + INNER, scratch, row)
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
function loadWords(at0: usize, at1: usize, at2: usize, at3: usize, words: usize, row: usize): void {
  for (let n: usize = 0; n < 64; n += 16) {
    storeTransposed(
      swapWords(v128.load(at0 + n)),
      swapWords(v128.load(at1 + n)),
      swapWords(v128.load(at2 + n)),
      swapWords(v128.load(at3 + n)),
      words + (n >> 2) * row,
      row,
    )
  }
}

/** The outer hash: of the inner one, which fits into a block. */
function hashInnerHashes(scratch: usize, row: usize): void {
  memory.copy(scratch + OUTER_WORDS, scratch + INNER, 5 * row)
  const plain = scratch + INNER + 5 * row
  v128.store(scratch + OUTER_BLOCK, swapWords(v128.load(plain)))
  store<u32>(scratch + OUTER_BLOCK, bswap<u32>(load<u32>(plain, 16)), 16)
  keepAllAlive(scratch, row)
  hashBlocks(scratch + OUTER_WORDS, scratch + OUTER_BLOCK, scratch + OUTER, scratch, row)
}

function compareTags(group: usize, scratch: usize, row: usize): void {
  const hash = scratch + OUTER
  for (let lane: usize = 0; lane < plainLane(row); lane += 4) {
    // The words of these lanes come to lie in four vectors, a fifth word of each stays in the one behind them.
    const column = hash + (lane << 2)
    storeTransposed(
      v128.load(column),
      v128.load(column + row),
      v128.load(column + 2 * row),
      v128.load(column + 3 * row),
      column,
      row,
    )
    for (let n: usize = 0; n < 4; n++) {
      compareTag(jobAt(group, lane + n), v128.load(column + n * row), load<u32>(column + 4 * row + (n << 2)))
    }
  }
  const plain = hash + 5 * row
  compareTag(jobAt(group, plainLane(row)), v128.load(plain), load<u32>(plain, 16))
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
