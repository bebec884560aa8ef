import { HmacJob, messageBlocks, rocBytes } from './hmac-job'

/** Octets of a tail: two blocks, and what its zeros are written beyond them. */
export const TAIL_BYTES: usize = 144
const BLOCK_BITS: u32 = 512

/**
 * Writes what follows the message's whole blocks: its last octets, the rollover counter (RFC 3711 §4.2) and the padding
 * (FIPS 180-4 §5.1.1), one block or two. Up to 64 octets behind the message are read and written over.
 */
export function writeTail(job: usize, tail: usize): void {
  const length = load<u32>(job, HmacJob.Length)
  const from = <usize>load<u32>(job, HmacJob.Message) + (length & ~63)
  v128.store(tail, v128.load(from))
  v128.store(tail, v128.load(from, 16), 16)
  v128.store(tail, v128.load(from, 32), 32)
  v128.store(tail, v128.load(from, 48), 48)
  const rocAt = tail + (length & 63)
  store<u32>(rocAt, bswap<u32>(load<u32>(job, HmacJob.Roc)))
  const roc = rocBytes(job)
  const endAt = rocAt + roc
  // Sixty-four octets reach the length in either block.
  v128.store(endAt, i32x4(0x80, 0, 0, 0))
  v128.store(endAt, i32x4.splat(0), 16)
  v128.store(endAt, i32x4.splat(0), 32)
  v128.store(endAt, i32x4.splat(0), 48)
  // The block of the key stands in front of the message.
  const bits = ((length + roc) << 3) + BLOCK_BITS
  const blocks = messageBlocks(job) - (length >> 6)
  store<u32>(tail + ((<usize>blocks) << 6) - 4, bswap<u32>(bits))
}
