import { GCM_CONTEXT_BYTES, JOB_WORDS, kernelScratchBytes } from './kernel.ts'

/**
 * What the kernel's lane knows of the slab that its thread is at, as offsets in octets: two Float64, words of 4 octets,
 * and the identity of the stream that is looked up. One block a thread, and behind it the thread's room for jobs.
 */
export const LaneAt = {
  /** Position of the slab's first record. */
  FirstPosition: 0,
  /** Addresses: the next record, the end of the slab's octets; the capture's Format; the walker's state. */
  Position: 16,
  End: 20,
  Format: 24,
  Walker: 28,
  /** Addresses of the Float64 words of the control block, of the stream table, of the key entries. */
  Control: 32,
  Streams: 36,
  Keys: 40,
  /** The slab's descriptors, and how many there are. */
  Descriptors: 44,
  Count: 48,
  /** 1 where the caller keeps deferred packets itself. */
  Spills: 52,
  HmacJobs: 56,
  HmacAt: 60,
  HmacOwners: 64,
  HmacScratch: 68,
  GcmJobs: 72,
  GcmAt: 76,
  GcmOwners: 80,
  GcmHeads: 84,
  GcmRun: 88,
  GcmRunOwners: 92,
  GcmContexts: 96,
  GcmNames: 100,
  /** Room for a packet that is not in the shared memory. */
  Packet: 104,
  /** Where the next record of the lean trace is written; 0 where none is. */
  Lean: 108,
  /** The slab that the lane's thread has in hand, and how far it is with it (Stage): for whoever takes over. */
  Slab: 112,
  Stage: 116,
  /** 1 once its thread's kernel has what hashes nine messages at a time. */
  Nines: 120,
  Identity: 128,
  /** A descriptor for a packet that is in no slab. */
  Single: 192,
} as const

const BLOCK_BYTES = 256

/** How far a thread is with the slab that it has in hand. What is half done when it dies can be done by nobody else. */
export const Stage = {
  None: 0,
  Claimed: 1,
  /** Half done: the tables have some of its packets. */
  Walking: 2,
  /** Its packets may be verified, once more too: that touches only their descriptors. */
  Walked: 3,
  /** Half done: some of its packets are counted. */
  Committing: 4,
  Committed: 5,
} as const
export type Stage = (typeof Stage)[keyof typeof Stage]

/** The formats whose usual records the lane walks; records of any other are all left to the caller. */
export const LaneFormat = { Other: 0, Pcap: 1, Pcapng: 2, Merged: 3 } as const

/** Packets that the kernel prepares and verifies together: their jobs stay in the near cache. */
export const JOBS_AT_ONCE = 2048
/** Contexts of AES-GCM keys that a thread keeps, a power of two: two a key, for SRTP and SRTCP. */
export const GCM_CACHE_SLOTS = 1024

/** What a UDP datagram can hold; a kernel that reads whole vectors may look behind it. */
const MAX_PACKET_BYTES = 65_536 + 64

const JOB_BYTES = JOB_WORDS * 4

/** Where the parts of a lane lie from its beginning; and their sum. */
function parts(): { readonly at: Readonly<Record<string, number>>; readonly bytes: number } {
  const sizes = {
    HmacAt: JOBS_AT_ONCE * JOB_BYTES,
    HmacOwners: JOBS_AT_ONCE * 4,
    HmacScratch: kernelScratchBytes(JOBS_AT_ONCE),
    GcmAt: JOBS_AT_ONCE * JOB_BYTES,
    GcmOwners: JOBS_AT_ONCE * 8,
    GcmHeads: GCM_CACHE_SLOTS * 4,
    GcmRun: JOBS_AT_ONCE * JOB_BYTES,
    GcmRunOwners: JOBS_AT_ONCE * 4,
    GcmNames: GCM_CACHE_SLOTS * 4,
    Packet: MAX_PACKET_BYTES,
    GcmContexts: GCM_CACHE_SLOTS * GCM_CONTEXT_BYTES,
  }
  const at: Record<string, number> = {}
  let bytes = BLOCK_BYTES
  for (const [name, size] of Object.entries(sizes)) {
    at[name] = bytes
    bytes += align(size)
  }
  return { at, bytes }
}

/** Octets of a lane with its room for jobs. */
export function laneBytes(): number {
  return parts().bytes
}

/** Writes the addresses of a lane's own parts into its block, which must be zeros. */
export function initialiseLane(buffer: ArrayBufferLike, lane: number): void {
  const words = new Uint32Array(buffer, lane, BLOCK_BYTES / 4)
  for (const [name, at] of Object.entries(parts().at)) words[LaneAt[name as keyof typeof LaneAt] / 4] = lane + at
}

/** Forgets what a lane has made of AES-GCM keys: key schedules and multiples of H are overwritten. */
export function forgetContexts(buffer: ArrayBufferLike, lane: number): void {
  const { at } = parts()
  const names = new Uint32Array(buffer, lane + at.GcmNames, GCM_CACHE_SLOTS)
  const contexts = new Uint8Array(buffer, lane + at.GcmContexts, GCM_CACHE_SLOTS * GCM_CONTEXT_BYTES)
  names.forEach((name, slot) => {
    if (name !== 0) contexts.fill(0, slot * GCM_CONTEXT_BYTES, (slot + 1) * GCM_CONTEXT_BYTES)
  })
  names.fill(0)
}

/** Overwrites what a lane holds of keys, what HMAC worked with included. */
export function wipeLane(buffer: ArrayBufferLike, lane: number): void {
  forgetContexts(buffer, lane)
  new Uint8Array(buffer, lane + parts().at.HmacScratch, kernelScratchBytes(JOBS_AT_ONCE)).fill(0)
}

function align(bytes: number): number {
  return (bytes + 63) & ~63
}
