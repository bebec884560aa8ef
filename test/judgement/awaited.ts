/** Traces, samples and captures on which the tool falls short of the truth today. They count in the table all the same. */
export const AWAITED: ReadonlySet<string> = new Set([
  'an INVITE for a foreign domain is not dropped',
  'signalling with an address outside the networks',
  'media with an address outside the networks',
  'a stranger is answered',
  'a stranger gets a TCP connection',
  'packets change their order just where the key changes',
  'the capture begins before a re-INVITE that brings new keys',
  'the same, and the earlier keys are given in a file',
])
