import { Entry, FLAG_MKI_KNOWN, JOBS_AT_ONCE, Lane } from '../generated/layout'

/** Packets that are prepared and verified together: their jobs stay in the near cache. */
export const CHUNK: i32 = JOBS_AT_ONCE
/** Octets of a job: eight words, see hmac.ts and gcm.ts. */
export const JOB_BYTES: usize = 32

/** Forgets the jobs of the chunk before. */
export function clearJobs(lane: usize): void {
  store<i32>(lane + Lane.HmacJobs, 0)
  store<i32>(lane + Lane.GcmJobs, 0)
}

/** Whether the key's MKI stands at `address`; always where its value is not known. */
export function mkiMatches(entry: usize, address: usize): bool {
  if ((load<u8>(entry + Entry.Flags) & FLAG_MKI_KNOWN) == 0) return true
  return memory.compare(entry + Entry.Mki, address, load<u8>(entry + Entry.MkiLength)) == 0
}
