import { type Dropped, LIMITS } from '../limits/limits.ts'
import { formatLossReason, type Loss, type LossReason } from './loss.ts'

/**
 * The whole state of a record walker, laid out in a Float64Array so that it can lie in shared memory: the thread that
 * walks slab k + 1 goes on where the thread of slab k stopped. Offsets and counts are whole numbers below 2^53.
 * An array of zeros is the state before the first octet.
 */
const LINK_TYPES = LIMITS.linkTypes.most
export const MAX_INTERFACES = LIMITS.interfaces.most
/** Per interface: link type, snap length, if_tsresol octet, if_tsoffset in seconds, frames dropped so far. */
export const INTERFACE_STRIDE = 5

export const Slot = {
  Mode: 0,
  Capture: 1,
  Frames: 2,
  TruncatedFrames: 3,
  /** 1 once a record with a time was seen. */
  Timed: 4,
  /** Time of the record before: the anchor for what is plausible after damage. */
  Seconds: 5,
  Nanoseconds: 6,
  EarliestSeconds: 7,
  EarliestNanoseconds: 8,
  LatestSeconds: 9,
  LatestNanoseconds: 10,
  LostReason: 11,
  LostAt: 12,
  LostBytes: 13,
  LostCount: 14,
  /** While out of step: where that began (offset in the capture), and why. */
  OutSince: 15,
  OutReason: 16,
  /** Octets of a block that are still to be skipped. */
  SkipLeft: 17,
  /** 1: little-endian (pcap: the file; pcapng: the section). */
  LittleEndian: 18,
  /** pcap: 1 where the fraction is in nanoseconds; octets of a record header; snap length; link type. */
  NanosecondFile: 19,
  RecordHeaderLength: 20,
  SnapLength: 21,
  LinkType: 22,
  /** pcapng: 1 once a section header was read; interfaces described in this section. */
  InSection: 23,
  InterfaceCount: 24,
  LinkTypeCount: 25,
  LinkTypes: 26,
  /** pcapng: frames that the capturing host says it dropped. */
  DroppedFrames: 26 + LINK_TYPES,
  /** pcapng: octets of a key log, within the block that is being skipped, that are still to be handed on. */
  SecretsLeft: 27 + LINK_TYPES,
  /** What limits dropped: records, blocks, interfaces, link types. */
  RecordsTooLong: 28 + LINK_TYPES,
  BlocksTooLong: 29 + LINK_TYPES,
  InterfacesBeyond: 30 + LINK_TYPES,
  LinkTypesBeyond: 31 + LINK_TYPES,
  Interfaces: 32 + LINK_TYPES,
} as const

/** Doubles that a walker's state takes, and the same in octets (for a region of a SharedArrayBuffer; 8-octet aligned). */
export const WALKER_STATE_LENGTH = Slot.Interfaces + MAX_INTERFACES * INTERFACE_STRIDE
export const WALKER_STATE_BYTES = WALKER_STATE_LENGTH * Float64Array.BYTES_PER_ELEMENT

export const Mode = {
  /** The file's own header has not been read. */
  Beginning: 0,
  /** A record begins at the position. */
  InStep: 1,
  /** Looking for the next record after damage. */
  OutOfStep: 2,
  /** Inside a block that nobody reads and that need not fit into a slab. */
  Skipping: 3,
} as const

/**
 * A private (not shared) state. `capture` is the index that the walker writes into every cursor; without room for interfaces
 * it is for formats that have none, and takes a hundredth.
 */
export function createWalkerState(capture = 0, hasInterfaces = true): Float64Array {
  const state = new Float64Array(hasInterfaces ? WALKER_STATE_LENGTH : Slot.Interfaces)
  state[Slot.Capture] = capture
  return state
}

/** Adds one place of loss: `bytes` octets from `atByte` of the capture. */
export function noteLoss(state: Float64Array, reason: LossReason, atByte: number, bytes: number): void {
  if (state[Slot.LostCount]++ === 0) {
    state[Slot.LostReason] = reason
    state[Slot.LostAt] = atByte
  }
  state[Slot.LostBytes] += bytes
}

/** Keeps `linkType` among those seen, where there is room. */
export function noteLinkType(state: Float64Array, linkType: number): void {
  const count = state[Slot.LinkTypeCount]
  for (let i = 0; i < count; i++) if (state[Slot.LinkTypes + i] === linkType) return
  if (count < LINK_TYPES) state[Slot.LinkTypes + state[Slot.LinkTypeCount]++] = linkType
  else state[Slot.LinkTypesBeyond]++
}

/** Keeps the time of a record: the one before for the walker, the earliest and the latest for the report. */
export function noteTime(state: Float64Array, seconds: number, nanoseconds: number): void {
  state[Slot.Seconds] = seconds
  state[Slot.Nanoseconds] = nanoseconds
  const latest = state[Slot.LatestSeconds]
  if (state[Slot.Timed] === 0) {
    state[Slot.Timed] = 1
    state[Slot.EarliestSeconds] = seconds
    state[Slot.EarliestNanoseconds] = nanoseconds
  } else if (seconds < latest || (seconds === latest && nanoseconds < state[Slot.LatestNanoseconds])) {
    const earliest = state[Slot.EarliestSeconds]
    if (seconds < earliest || (seconds === earliest && nanoseconds < state[Slot.EarliestNanoseconds])) {
      state[Slot.EarliestSeconds] = seconds
      state[Slot.EarliestNanoseconds] = nanoseconds
    }
    return
  }
  state[Slot.LatestSeconds] = seconds
  state[Slot.LatestNanoseconds] = nanoseconds
}

/** Whole seconds since 1970 UTC and nanoseconds within the second. */
export interface CaptureTime {
  readonly seconds: number
  readonly nanoseconds: number
}

/** The same in microseconds since 1970-01-01 UTC. */
export function microsecondsOf({ seconds, nanoseconds }: CaptureTime): number {
  return seconds * 1e6 + nanoseconds / 1e3
}

/** What a walker knows of its capture: final once the walker was opened with `last` and returned Step.Incomplete. */
export interface CaptureFacts {
  readonly frames: number
  /** Frames cut by the snap length: captured < original. */
  readonly truncatedFrames: number
  /** Frames that the capturing host had no room for, where the capture says so (pcapng). */
  readonly droppedFrames?: number
  /** LINKTYPE_ values in the order in which they were met (limits.ts: linkTypes). */
  readonly linkTypes: readonly number[]
  /** Earliest and latest time of a record; absent where no record had one. */
  readonly earliest?: CaptureTime
  readonly latest?: CaptureTime
  readonly lost?: Loss
  /** Absent where nothing was. */
  readonly dropped?: Dropped
}

/** Reads the facts out of a walker's state. */
export function readCaptureFacts(state: Float64Array): CaptureFacts {
  const linkTypes = Array.from(state.subarray(Slot.LinkTypes, Slot.LinkTypes + state[Slot.LinkTypeCount]))
  return {
    frames: state[Slot.Frames],
    truncatedFrames: state[Slot.TruncatedFrames],
    ...(state[Slot.DroppedFrames] > 0 && { droppedFrames: state[Slot.DroppedFrames] }),
    linkTypes,
    ...(state[Slot.Timed] === 1 && {
      earliest: { seconds: state[Slot.EarliestSeconds], nanoseconds: state[Slot.EarliestNanoseconds] },
      latest: { seconds: state[Slot.LatestSeconds], nanoseconds: state[Slot.LatestNanoseconds] },
    }),
    ...droppedBy(state),
    ...(state[Slot.LostCount] > 0 && {
      lost: {
        reason: formatLossReason(state[Slot.LostReason]),
        atByte: state[Slot.LostAt],
        bytes: state[Slot.LostBytes],
        count: state[Slot.LostCount],
      },
    }),
  }
}

function droppedBy(state: Float64Array): Pick<CaptureFacts, 'dropped'> {
  const dropped = {
    recordOctets: state[Slot.RecordsTooLong],
    blockOctets: state[Slot.BlocksTooLong],
    interfaces: state[Slot.InterfacesBeyond],
    linkTypes: state[Slot.LinkTypesBeyond],
  }
  return Object.values(dropped).some((count) => count > 0) ? { dropped } : {}
}
