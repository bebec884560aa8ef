import type { Readable } from 'node:stream'

/** What a source has counted itself since it began. */
export interface SourceCounts {
  /** Packets that passed its filter; absent where it cannot tell. */
  readonly received?: number
  /** Of them those that it lost before they could be read; absent where it cannot tell. */
  readonly dropped?: number
  /** Packets that it took in and that yield nothing, by why. The reasons are few, and name nobody. */
  readonly refused?: ReadonlyMap<string, number>
}

/** Packets as they come, until somebody stops it: a network interface, a listener. */
export interface LiveSource {
  /** What it is called in reports: `eth0`, `hep:127.0.0.1:9060`. */
  readonly name: string
  /** One pcap or pcapng stream, its header first; a packet is in it a second after it was seen, or little later. */
  readonly octets: Readable
  counts(): SourceCounts
  /** Why it ended though nobody had stopped it, in one line with its name; of a source that can. */
  trouble?(): string | undefined
  /** Takes in nothing more; `octets` ends once all that was captured has gone through it. */
  stop(): Promise<void>
}
