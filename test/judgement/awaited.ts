/** Traces, samples and captures on which the tool falls short of the truth today. They count in the table all the same. */
export const AWAITED: ReadonlySet<string> = new Set([
  'the capture begins before a re-INVITE that brings new keys',
  'the same, and the earlier keys are given in a file',
])
