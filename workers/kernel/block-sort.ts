import { HMAC_JOB_BYTES, HmacJob, messageBlocks } from './hmac-job'

/** Blocks of the longest message, 65,535 octets, with the rollover counter and the padding. */
const MAX_BLOCKS: usize = 1025
export const COUNTERS_BYTES: usize = (MAX_BLOCKS + 1) << 2

/**
 * A counting sort: writes the addresses of the jobs to `order`, those with the most blocks first, so that messages that
 * are hashed side by side are of one length wherever possible.
 *
 * @param counters room for COUNTERS_BYTES; @param order room for 4 octets a job
 */
export function sortByBlocks(jobs: usize, count: i32, counters: usize, order: usize): void {
  memory.fill(counters, 0, COUNTERS_BYTES)
  const end = jobs + <usize>count * HMAC_JOB_BYTES
  let most: usize = 0
  for (let job = jobs; job < end; job += HMAC_JOB_BYTES) {
    const blocks = <usize>messageBlocks(job)
    store<u32>(job, blocks, HmacJob.Blocks)
    const counter = counters + (blocks << 2)
    store<u32>(counter, load<u32>(counter) + 1)
    most = max(most, blocks)
  }
  let place = order
  for (let blocks = most; blocks > 0; blocks--) {
    const counter = counters + (blocks << 2)
    const jobsOfThisLength = <usize>load<u32>(counter)
    store<u32>(counter, place)
    place += jobsOfThisLength << 2
  }
  for (let job = jobs; job < end; job += HMAC_JOB_BYTES) {
    const counter = counters + ((<usize>load<u32>(job, HmacJob.Blocks)) << 2)
    const at = <usize>load<u32>(counter)
    store<u32>(at, job)
    store<u32>(counter, at + 4)
  }
}
