import type { TraceWriter } from '../bench/captures/trace-writer.ts'
import type { Report } from '../src/model/report.ts'

/** Ordinary traffic of the kinds that attacks are made of: what one costs is compared with the same octets of the other. */
export type Ordinary = 'media' | 'signalling' | 'signalling over TCP'

/** A trace that was made to cost more than its octets are worth. */
export interface Attack {
  readonly name: string
  /** What is sent, in a few words. */
  readonly title: string
  readonly against: Ordinary
  /** Octets that it needs, where the usual size does not show it: the number of a million is its point. */
  readonly octets?: number
  /** Options of the command, beside `--format json`. */
  readonly args?: readonly string[]
  /** Writes about so many octets, the same on every machine. */
  write(writer: TraceWriter, octets: number): void
  /** What the report lacks: nothing where it says what was kept and what was dropped. */
  missing(report: Report): readonly string[]
}
