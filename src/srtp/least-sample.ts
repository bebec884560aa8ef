/** Packets that fail on which other keys are tried, at least: of one or two nothing is concluded. */
export const LEAST_SAMPLE = 3
