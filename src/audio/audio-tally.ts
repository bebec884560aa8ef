import type { OrderTally } from './sequence-order.ts'

/** What became of the packets that were given to be written as audio. */
export interface AudioTally extends OrderTally {
  /** Decoded and put into a WAV file. */
  heard: number
  /** Put into a file of their own codec. */
  kept: number
  /** Comfort noise and telephone events: silence. */
  silent: number
  /** Of a side's older stream, while a newer one was heard. */
  beside: number
  /** No speech of the codec that is said. */
  unreadable: number
  /** Times that RTP timestamps disagreed with the capture's clock, and that held. */
  jumps: number
  /** Gaps that were shortened. */
  cuts: number
  /** Packets of codecs that are written nowhere, by name. */
  readonly leftOut: Map<string, number>
}

export function emptyTally(): AudioTally {
  return {
    heard: 0,
    kept: 0,
    silent: 0,
    beside: 0,
    unreadable: 0,
    late: 0,
    duplicates: 0,
    missing: 0,
    jumps: 0,
    cuts: 0,
    leftOut: new Map(),
  }
}
