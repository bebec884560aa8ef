/**
 * A key file that cannot be used. The message is one line: the file, the place in it (JSON path, or line), what is
 * wrong and what would be right. It never holds a key, nor a value that may be a misplaced one.
 */
export class KeysError extends Error {
  override readonly name = 'KeysError'
  readonly code = 'SRTP_SCAN_KEYS'

  constructor(file: string, place: string, what: string) {
    super(place === '' ? `${file}: ${what}` : `${file}: ${place}: ${what}`)
  }
}

/** What is wrong with one member of an entry; the reader of the file says where the entry stands. */
export class EntryProblem extends Error {
  override readonly name = 'EntryProblem'
  /** The member, or '' for the entry as a whole. */
  readonly member: string

  constructor(member: string, what: string) {
    super(what)
    this.member = member
  }
}
