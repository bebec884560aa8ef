/**
 * Where the parts of a job lie, in octets: words of 4.
 *
 * | word           |                                                                                        |
 * | -------------- | -------------------------------------------------------------------------------------- |
 * | `Packet`       | address of the packet, where its associated data begins                                |
 * | `Header`       | octets of the header: of the associated data, but for SRTCP's E bit and index          |
 * | `Ciphertext`   | octets behind the header                                                               |
 * | `Tag`          | octets of the tag, 4 to 16; IS_SRTCP                                                   |
 * | `TagAt`        | address of the tag                                                                     |
 * | `Context`      | address of the key's context (gcm-context.ts)                                          |
 * | `RocOrVerdict` | in, for SRTP: the rollover counter; out: 1 where the tag is the packet's, 0 where it is not |
 * | `IndexAt`      | for SRTCP: address of the E bit and the index                                          |
 */
export enum GcmJob {
  Packet = 0,
  Header = 4,
  Ciphertext = 8,
  Tag = 12,
  TagAt = 16,
  Context = 20,
  RocOrVerdict = 24,
  IndexAt = 28,
}

export const GCM_JOB_BYTES: usize = 32
const IS_SRTCP: i32 = 0x100
/** The header that SRTCP leaves in the clear, E bit and index. */
const SRTCP_ASSOCIATED_BYTES: i32 = 12

export function isSrtcp(job: usize): bool {
  return (load<i32>(job, GcmJob.Tag) & IS_SRTCP) != 0
}

export function tagBytes(job: usize): i32 {
  return load<i32>(job, GcmJob.Tag) & 0xff
}

export function associatedBytes(job: usize): i32 {
  return isSrtcp(job) ? SRTCP_ASSOCIATED_BYTES : load<i32>(job, GcmJob.Header)
}

/** Blocks that GHASH takes of so many octets. */
export function blocksOf(octets: i32): i32 {
  return (octets + 15) >> 4
}
