import type { Endpoint } from '../../../src/bytes/endpoint.ts'
import type { Trace } from './trace.ts'

/** Errors that answer what goes from one endpoint to another, one a second as hosts limit them. */
export interface Refusal {
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly startMs: number
  readonly endMs: number
  /** The receiver unless said otherwise. */
  readonly by?: string
  /** Port unreachable unless said otherwise. */
  readonly type?: number
  readonly code?: number
  readonly everyMs?: number
}

/** Adds them to a trace, marked `icmp`. */
export function refuse(trace: Trace, { source, destination, startMs, endMs, everyMs = 1000, ...said }: Refusal): Trace {
  const { by = destination.address, type = 3, code = 3 } = said
  for (let atMs = startMs; atMs <= endMs; atMs += everyMs) {
    trace.icmpError(atMs, by, { source, destination }, { type, code }, 'icmp')
  }
  return trace
}
