/** Half the sequence numbers there are. */
const HALF = 0x8000

/**
 * Estimates the rollover counter of a packet (RFC 3711 §3.3.1, Appendix A): of roc - 1, roc and roc + 1 the one that
 * brings the packet's index nearest to the highest index so far; of two that are equally near, roc itself.
 *
 * @param sequenceNumber of the packet, 0…65535
 * @param highestSequenceNumber s_l: that of the highest index so far, 0…65535
 * @param roc rollover counter of the highest index
 * @returns -1 for a packet from before the stream's first rollover counter
 */
export function estimateRoc(sequenceNumber: number, highestSequenceNumber: number, roc: number): number {
  if (highestSequenceNumber < HALF) return sequenceNumber - highestSequenceNumber > HALF ? roc - 1 : roc
  return highestSequenceNumber - HALF > sequenceNumber ? roc + 1 : roc
}
