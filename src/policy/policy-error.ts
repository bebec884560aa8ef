/** A policy that cannot be used. The message is one line: the file, the place in it, what is wrong and what would be right. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
  readonly code = 'SRTP_SCAN_POLICY'

  constructor(file: string, place: string, what: string) {
    super(place === '' ? `${file}: ${what}` : `${file}: ${place}: ${what}`)
  }
}

/** What is wrong with a value; the reader of the file says where it stands. */
export class ValueProblem extends Error {
  override readonly name = 'ValueProblem'
  /** The place within the value (`[2]`, `.from`), or ''. */
  readonly place: string

  constructor(what: string, place = '') {
    super(what)
    this.place = place
  }
}
