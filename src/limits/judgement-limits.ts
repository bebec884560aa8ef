import type { Limit } from './limit.ts'

/** What finding out about streams that fail may cost. Streams pay for most of it with their octets (src/verify/judgement/allowance.ts). */
export const JUDGEMENT_LIMITS = {
  rolloverSearches: {
    most: 128,
    of: 'searches for rollover counters, and one more for each 32,768 octets of a stream',
    dropped: 'streams that fail were searched less often than they might have needed',
    anomaly: { layer: 'srtp', reason: 'rollover-counters-searched-less' },
  },
  keyTrials: {
    most: 262_144,
    of: 'keys tried on packets that fail, and one more for each 64 octets of a stream, and twelve for each packet',
    dropped: 'streams that fail had not every key tried on every packet',
    anomaly: { layer: 'srtp', reason: 'keys-tried-less' },
  },
  otherKeyTrials: {
    most: 4096,
    of: 'keys of other calls tried to explain failures, and one more for each 1,024 octets of a stream',
    dropped: 'streams that fail had fewer of them tried than the nearest 1,000',
    anomaly: { layer: 'srtp', reason: 'other-keys-tried-less' },
  },
  explanations: {
    most: 512,
    of: 'short streams whose failures are looked into, and one more for each 65,536 octets of a stream',
    dropped: 'streams that fail were not looked into',
    anomaly: { layer: 'srtp', reason: 'failures-not-looked-into' },
  },
} as const satisfies Record<string, Limit>
