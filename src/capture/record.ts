/**
 * One record (packet) of a capture as it lies in a slab. A single instance is refilled by the walker for every record:
 * the hot path allocates nothing per packet.
 */
export interface RecordCursor {
  /** Offset of the first captured octet in the slab's bytes. */
  dataOffset: number
  /** Octets captured, octets on the wire. captured < original: cut by the snap length. Never captured > original. */
  capturedLength: number
  originalLength: number
  /** Octets of them that are there, from the first on: fewer than captured in a lean trace only. */
  keptLength: number
  /** Time of capture: whole seconds since 1970 UTC and nanoseconds within the second (0…999,999,999). */
  seconds: number
  nanoseconds: number
  /** LINKTYPE_ value of the interface (https://www.tcpdump.org/linktypes.html). */
  linkType: number
  /** Index of the capture file, and the 1-based frame number in it. */
  capture: number
  frame: number
}

/** An empty cursor, to be made once per thread. */
export function createRecordCursor(): RecordCursor {
  return {
    dataOffset: 0,
    capturedLength: 0,
    originalLength: 0,
    keptLength: 0,
    seconds: 0,
    nanoseconds: 0,
    linkType: 0,
    capture: 0,
    frame: 0,
  }
}

/** Secrets type of a TLS key log (pcapng §4.7). */
export const TLS_KEY_LOG = 0x544c534b

/** What a step of a walker met. The kinds of "no more octets" are told apart by the caller, which knows the input's end. */
export const Step = {
  /** The cursor holds a record. */
  Record: 0,
  /** The octets from the walker's `position` on are undecided: they belong to the head of the next slab. */
  Incomplete: 1,
  /**
   * The cursor's data are the secrets of a Decryption Secrets Block or a part of them, its `linkType` their type (pcapng
   * §4.7), and its `originalLength` counts the octets of the secrets that are still to come.
   */
  Secrets: 2,
} as const
export type Step = (typeof Step)[keyof typeof Step]
