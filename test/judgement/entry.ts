import type { Severity } from '../../src/model/report.ts'
import type { Trace } from './build/trace.ts'

/** What has to be among the findings. */
export interface Expected {
  readonly rule: string
  readonly kind?: string
  readonly severity?: Severity
  /** An address, an endpoint or a word that tells whose fault it is: in the evidence, or as sender of the stream. */
  readonly party?: string
  /** The rule whose finding has to be named first among the causes. */
  readonly cause?: string
  /** Marks of the trace: of each of them a frame is among those of the finding. */
  readonly frames?: readonly string[]
}

interface Entry {
  readonly name: string
  readonly build: () => Trace
  /** Findings that are right besides, as `rule` or `rule:kind`. What speaks of clear SIP and of keys in it is always right. */
  readonly allowed?: readonly string[]
  /** A policy in force: a name, or the policy itself. */
  readonly policy?: string | Readonly<Record<string, unknown>>
  /** The document of a keys file. */
  readonly keys?: unknown
}

/** A trace with one fault. */
export interface FaultyTrace extends Entry {
  readonly wrong: string
  readonly found: Expected
}

/** A trace in which nothing is wrong, though it may look so. */
export interface HealthyTrace extends Entry {
  readonly looks: string
}
