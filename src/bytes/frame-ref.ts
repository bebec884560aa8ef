/**
 * Where something stood in the trace.
 *
 * `position` is the 0-based ordinal over the whole trace, in the order in which the records were judged: it decides
 * "before" and "after". `capture` and `frame` name the same record for people: index of the capture file, and the
 * 1-based frame number in it.
 */
export interface FrameRef {
  readonly position: number
  readonly capture: number
  readonly frame: number
  /** Microseconds since 1970-01-01 UTC; a fraction keeps what a nanosecond capture knows. */
  readonly timeUs: number
}

/** Orders references as the trace has them. */
export function byPosition(a: FrameRef, b: FrameRef): number {
  return a.position - b.position
}
