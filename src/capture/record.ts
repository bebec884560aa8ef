/**
 * One record (packet) of a capture as it lies in a slab. A single instance is refilled by the walker for every record:
 * the hot path allocates nothing per packet.
 */
export interface RecordCursor {
  /** Offset of the first captured octet in the slab's bytes. */
  dataOffset: number
  /** Octets captured, octets on the wire. captured < original: cut by the snap length. */
  capturedLength: number
  originalLength: number
  /** Time of capture: whole seconds since 1970 UTC and nanoseconds within the second. */
  seconds: number
  nanoseconds: number
  /** LINKTYPE_ value of the interface (https://www.tcpdump.org/linktypes.html). */
  linkType: number
  /** Index of the capture file, and the 1-based frame number in it. */
  capture: number
  frame: number
}

/** What a step of a walker met. Three kinds of "no more octets" are told apart by the caller, which knows the input's end. */
export const Step = {
  /** The cursor holds a record. */
  Record: 0,
  /** The octets from `offset` on are the beginning of a record: they belong to the head of the next slab. */
  Incomplete: 1,
} as const
export type Step = (typeof Step)[keyof typeof Step]
