import type { TraceWriter } from '../bench/captures/trace-writer.ts'
import type { Report } from '../src/model/report.ts'

/** Ordinary traffic of the kinds that attacks are made of: what one costs is compared with the same octets of the other. */
export type Ordinary =
  | 'media'
  | 'short calls'
  | 'signalling'
  | 'compressed signalling'
  | 'signalling over TCP'
  | 'signalling over WebSocket'
  | 'TLS'
  | 'fragments'

/** Input that was made to cost more than its octets are worth. */
export type Attack = TraceAttack | FileAttack

interface AttackFacts {
  readonly name: string
  /** What is sent, in a few words. */
  readonly title: string
  readonly against: Ordinary
  /** Octets that it needs, where the usual size does not show it: the number of a million is its point. */
  readonly octets?: number
  /** Options of the command, beside `--format json`. */
  readonly args?: readonly string[]
  /**
   * What the report lacks: nothing where it says what was kept and what was dropped.
   *
   * @param frames that were written; 0 for a file
   */
  missing(report: Report, frames: number): readonly string[]
}

/** A trace in a plain pcap. */
export interface TraceAttack extends AttackFacts {
  /** Writes about so many octets, the same on every machine. */
  write(writer: TraceWriter, octets: number): void
}

/** Any other file: pcapng, or one that is compressed. */
export interface FileAttack extends AttackFacts {
  /** The file's octets, about so many, the same on every machine. */
  pieces(octets: number): Iterable<Uint8Array>
}
