/** What kept a capture from being read at all. */
export type CaptureErrorCode =
  | 'SRTP_SCAN_CAPTURE_NOT_FOUND'
  | 'SRTP_SCAN_CAPTURE_UNREADABLE'
  | 'SRTP_SCAN_CAPTURE_CHANGED'
  | 'SRTP_SCAN_CAPTURE_EMPTY'
  | 'SRTP_SCAN_NO_CAPTURE'
  | 'SRTP_SCAN_ZSTD_UNAVAILABLE'
  | 'SRTP_SCAN_LIVE_TOOL_MISSING'
  | 'SRTP_SCAN_LIVE_PERMISSION'
  | 'SRTP_SCAN_LIVE_INTERFACE'
  | 'SRTP_SCAN_LIVE_FILTER'
  | 'SRTP_SCAN_LIVE_UNREADABLE'

/** An input that cannot be read. The message is one line: the input as it was named, what is wrong, what would be right. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError'
  readonly code: CaptureErrorCode
  /** The input as it was named on the command line, or found in a directory. */
  readonly path: string

  constructor(code: CaptureErrorCode, path: string, what: string, cause?: unknown) {
    super(`${path}: ${what}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.path = path
  }
}

/** An error of the file system in one line: its code and the words behind it, without the path it repeats. */
export function unreadable(path: string, cause: unknown): CaptureError {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const what = 'no such file or directory; a capture, a directory, a pattern or - (standard input) is read'
    return new CaptureError('SRTP_SCAN_CAPTURE_NOT_FOUND', path, what, cause)
  }
  if (code === 'ELOOP')
    return new CaptureError('SRTP_SCAN_CAPTURE_NOT_FOUND', path, 'a link that leads to no file', cause)
  const why = code === undefined ? message : message.replace(/,? [a-z]+( '.*)?$/, '')
  return new CaptureError('SRTP_SCAN_CAPTURE_UNREADABLE', path, `cannot be read (${why})`, cause)
}
