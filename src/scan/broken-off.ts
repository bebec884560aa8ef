/** A trace was not read to its end, or not all judged: the report is of what was. */
export class BrokenOffError extends Error {
  readonly code = 'SRTP_SCAN_BROKEN_OFF'

  /** @param cause why */
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`${why}; the report is of what was judged by then`, { cause })
    this.name = 'BrokenOffError'
  }
}
