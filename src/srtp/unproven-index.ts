import { estimateRoc } from './packet-index.ts'

/** The rollover counter of packets that nothing proves it for: by their sequence numbers alone (RFC 3711 §3.3.1). */
export class UnprovenIndex {
  #roc = 0
  #highest = -1

  /**
   * The rollover counter of the stream's next packet.
   *
   * @param start that of its first packet
   */
  next(sequenceNumber: number, start: number): number {
    if (this.#highest < 0) {
      this.#roc = start
      this.#highest = sequenceNumber
      return start
    }
    const roc = Math.max(0, estimateRoc(sequenceNumber, this.#highest, this.#roc))
    const ahead = (roc - this.#roc) * 0x10000 + sequenceNumber - this.#highest
    if (ahead > 0) {
      this.#roc = roc
      this.#highest = sequenceNumber
    }
    return roc
  }
}
