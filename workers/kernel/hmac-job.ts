/**
 * Where the parts of a job lie, in octets: words of 4.
 *
 * | word        |                                                                                           |
 * | ----------- | ----------------------------------------------------------------------------------------- |
 * | `Message`   | address of what is authenticated                                                          |
 * | `Length`    | its octets, to 65,535                                                                     |
 * | `Roc`       | the rollover counter                                                                      |
 * | `Tag`       | octets of the tag, 1 to 20; APPENDS_ROC where the rollover counter is authenticated too   |
 * | `TagAt`     | address of the tag                                                                        |
 * | `States`    | address of the key's chaining values (hmac-states.ts)                                     |
 * | `Verdict`   | out: 1 where the tag is the message's, 0 where it is not                                  |
 * | `Blocks`    | the kernel's: blocks of the inner hash                                                    |
 */
export enum HmacJob {
  Message = 0,
  Length = 4,
  Roc = 8,
  Tag = 12,
  TagAt = 16,
  States = 20,
  Verdict = 24,
  Blocks = 28,
}

export const HMAC_JOB_BYTES: usize = 32
const APPENDS_ROC: u32 = 0x100
const ROC_BYTES: u32 = 4
/** The bit that ends the message and its length (FIPS 180-4 §5.1.1). */
const PADDING_BYTES: u32 = 9

export function rocBytes(job: usize): u32 {
  return (load<u32>(job, HmacJob.Tag) & APPENDS_ROC) != 0 ? ROC_BYTES : 0
}

export function tagBytes(job: usize): i32 {
  return load<i32>(job, HmacJob.Tag) & 0xff
}

/** Blocks of the inner hash behind the key's. */
export function messageBlocks(job: usize): u32 {
  return (load<u32>(job, HmacJob.Length) + rocBytes(job) + PADDING_BYTES + 63) >> 6
}
