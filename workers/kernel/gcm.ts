import { firstOctets } from './first-octets'
import { tagMask } from './gcm-context'
import { associatedBytes, blocksOf, GCM_JOB_BYTES, GcmJob, isSrtcp, tagBytes } from './gcm-job'
import { multiply } from './generated/ghash-multiply'
import { swapBlock } from './ghash'

export { GCM_CONTEXT_BYTES, gcmContext } from './gcm-context'

/*
 * AES-GCM tags (RFC 7714, NIST SP 800-38D), two packets at a time: within one, every step of GHASH waits for the one
 * before. Nothing is decrypted.
 */

/** Every bit of the index but the E bit, as it lies in memory. */
const INDEX_BITS: u32 = 0xffffff7f

/** Gives `count` jobs their verdicts, see GcmJob. */
export function verifyGcm(jobs: usize, count: i32): void {
  const end = jobs + <usize>count * GCM_JOB_BYTES
  for (let job = jobs; job < end; job += 2 * GCM_JOB_BYTES) {
    const next = job + GCM_JOB_BYTES
    verifyPair(job, next < end ? next : job)
  }
}

/** The shorter of the two stands behind blocks of zeros, which leave a hash at zero. */
function verifyPair(job0: usize, job1: usize): void {
  const associated0 = blocksOf(associatedBytes(job0))
  const associated1 = blocksOf(associatedBytes(job1))
  const ciphertext0 = load<i32>(job0, GcmJob.Ciphertext)
  const ciphertext1 = load<i32>(job1, GcmJob.Ciphertext)
  const blocks0 = associated0 + blocksOf(ciphertext0)
  const blocks1 = associated1 + blocksOf(ciphertext1)
  const blocks = max(blocks0, blocks1)
  const before0 = blocks - blocks0
  const before1 = blocks - blocks1
  // Where both have whole blocks of ciphertext these are read without further ado.
  const from = max(before0 + associated0, before1 + associated1)
  const to = min(before0 + associated0 + (ciphertext0 >> 4), before1 + associated1 + (ciphertext1 >> 4))
  const whole0 = ciphertextAt(job0) - ((<usize>(before0 + associated0)) << 4)
  const whole1 = ciphertextAt(job1) - ((<usize>(before1 + associated1)) << 4)
  const table0 = <usize>load<u32>(job0, GcmJob.Context)
  const table1 = <usize>load<u32>(job1, GcmJob.Context)
  let hash0 = i64x2.splat(0)
  let hash1 = i64x2.splat(0)
  for (let n = 0; n < blocks; n++) {
    const isWhole = n >= from && n < to
    const block0 = isWhole ? v128.load(whole0 + ((<usize>n) << 4)) : blockAt(job0, n - before0)
    const block1 = isWhole ? v128.load(whole1 + ((<usize>n) << 4)) : blockAt(job1, n - before1)
    hash0 = multiply(table0, v128.xor(hash0, swapBlock(block0)))
    hash1 = multiply(table1, v128.xor(hash1, swapBlock(block1)))
  }
  hash0 = multiply(table0, v128.xor(hash0, lengthsOf(job0)))
  hash1 = multiply(table1, v128.xor(hash1, lengthsOf(job1)))
  const mask0 = tagMask(table0, ivOf(job0))
  const mask1 = tagMask(table1, ivOf(job1))
  compareTag(job0, v128.xor(swapBlock(hash0), mask0))
  compareTag(job1, v128.xor(swapBlock(hash1), mask1))
}

function ciphertextAt(job: usize): usize {
  return <usize>load<u32>(job, GcmJob.Packet) + load<u32>(job, GcmJob.Header)
}

/**
 * What the salt is XORed with (RFC 7714 §8.1, §9.1), and four zeros:
 *
 * ```
 *   SRTP   | 0 0 | SSRC | ROC | SEQ |            SRTCP   | 0 0 | SSRC | 0 0 | 0 and index |
 * ```
 */
function ivOf(job: usize): v128 {
  const packet = <usize>load<u32>(job, GcmJob.Packet)
  if (isSrtcp(job)) {
    const index = load<u32>(load<u32>(job, GcmJob.IndexAt)) & INDEX_BITS
    return i64x2((<u64>load<u32>(packet, 4)) << 16, index)
  }
  const roc = <u64>bswap<u32>(load<u32>(job, GcmJob.RocOrVerdict))
  return i64x2(((<u64>load<u32>(packet, 8)) << 16) | (roc << 48), (roc >> 16) | ((<u64>load<u16>(packet, 2)) << 16))
}

/** Block n of what is hashed (NIST SP 800-38D §7.1), associated data and ciphertext. */
function blockAt(job: usize, n: i32): v128 {
  if (n < 0) return i64x2.splat(0)
  const packet = <usize>load<u32>(job, GcmJob.Packet)
  const ofCiphertext = n - blocksOf(associatedBytes(job))
  if (ofCiphertext >= 0) return octetsFrom(ciphertextAt(job), load<i32>(job, GcmJob.Ciphertext), ofCiphertext)
  if (!isSrtcp(job)) return octetsFrom(packet, load<i32>(job, GcmJob.Header), n)
  return i32x4(load<u32>(packet), load<u32>(packet, 4), load<u32>(load<u32>(job, GcmJob.IndexAt)), 0)
}

/** The last block, as a number: the bits of associated data and of ciphertext. */
function lengthsOf(job: usize): v128 {
  return i64x2((<u64>load<u32>(job, GcmJob.Ciphertext)) << 3, (<u64>associatedBytes(job)) << 3)
}

/** Block n of some octets; the last is filled up with zeros. */
function octetsFrom(address: usize, octets: i32, n: i32): v128 {
  return v128.and(v128.load(address + ((<usize>n) << 4)), firstOctets(octets - (n << 4)))
}

function compareTag(job: usize, tag: v128): void {
  const difference = v128.xor(tag, v128.load(load<u32>(job, GcmJob.TagAt)))
  const isSame = !v128.any_true(v128.and(difference, firstOctets(tagBytes(job))))
  store<i32>(job, isSame ? 1 : 0, GcmJob.RocOrVerdict)
}
