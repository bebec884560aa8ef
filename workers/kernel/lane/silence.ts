/** Longer gaps between packets are silence (voice activity detection, hold), not talk. */
export const TALK_GAP_US: f64 = 500_000
