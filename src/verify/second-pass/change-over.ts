/** Packets that may arrive behind others that were sent after them (RFC 3550 §A.1 takes 100 as the most). */
const MOST_OVERTAKEN = 100
const SEQUENCE_MASK = 0xffff

/**
 * Which agreement a sender goes by, told by what verifies. Where it changed over, packets that are numbered before the
 * first of the new key were sent before it, and may yet arrive behind it.
 */
export class ChangeOver {
  agreement: number
  #before: number
  /** Sequence number of the first packet under the agreement, or -1. */
  #first = -1

  constructor(agreement: number) {
    this.agreement = agreement
    this.#before = agreement
  }

  /** @param sequence -1 where packets have no number that orders them */
  verified(agreement: number, sequence: number): void {
    if (agreement <= this.agreement) return
    this.#before = this.agreement
    this.agreement = agreement
    this.#first = sequence
  }

  /** The agreement that a packet of this number was sent under, at the oldest. */
  oldest(sequence: number): number {
    if (this.#first < 0 || sequence < 0) return this.agreement
    const behind = (this.#first - sequence) & SEQUENCE_MASK
    return behind > 0 && behind <= MOST_OVERTAKEN ? this.#before : this.agreement
  }
}
