/** Traces, samples and captures on which the tool falls short of the truth today. They count in the table all the same. */
export const AWAITED: ReadonlySet<string> = new Set([
  'plain RTP from the middle of a secured call on',
  'a re-INVITE gives protection up',
  'an announcement goes on after the call was refused',
  'an INVITE for a foreign domain is not dropped',
  'signalling with an address outside the networks',
  'media with an address outside the networks',
  'a stranger is answered',
  'a stranger gets a TCP connection',
  'a secured call goes on in the clear after a re-INVITE',
  'packets change their order just where the key changes',
  'the capture begins before a re-INVITE that brings new keys',
  'the same, and the earlier keys are given in a file',
  'a call begins in the clear and is secured by re-INVITE',
])
