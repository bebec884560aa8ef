/** Traces, samples and captures on which the tool falls short of the truth today, and why. They count in the table all the same. */
export const AWAITED: ReadonlyMap<string, string> = new Map([
  [
    'the capture begins before a re-INVITE that brings new keys',
    'what came before the first exchange of the capture is judged by the keys of that exchange, though the To tag of its offer shows an earlier one',
  ],
  [
    'the same, and the earlier keys are given in a file',
    'the same: keys of a file are not agreed on beside those of signalling',
  ],
])
