/** What the user asked for cannot be done; the message is one line: what, where, and what would be right. */
export class UsageError extends Error {
  readonly code = 'SRTP_SCAN_USAGE'

  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'UsageError'
  }
}
