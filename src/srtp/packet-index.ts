/** Half the sequence numbers there are. */
const HALF = 0x8000

/**
 * Estimates the rollover counter of a packet (RFC 3711 §3.3.1, Appendix A): of roc - 1, roc and roc + 1 the one that
 * brings the packet's index nearest to the highest index so far; of two that are equally near, the greater, unless it
 * is roc + 1.
 *
 * @param sequenceNumber of the packet, 0…65535
 * @param highestSequenceNumber s_l: that of the highest index so far, 0…65535
 * @param roc rollover counter of the highest index
 * @returns -1 where a packet before the stream's first rollover counter is meant; never more than 2^32 - 1
 */
export function estimateRoc(sequenceNumber: number, highestSequenceNumber: number, roc: number): number {
  if (highestSequenceNumber < HALF) return sequenceNumber - highestSequenceNumber > HALF ? roc - 1 : roc
  return highestSequenceNumber - HALF > sequenceNumber ? Math.min(roc + 1, 0xffffffff) : roc
}
