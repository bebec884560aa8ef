import type { Limit } from './limit.ts'

/** Of what rules remember of some calls to judge others by. */
export const RULE_LIMITS = {
  hostsRemembered: {
    most: 4096,
    of: 'hosts whose agreements are remembered',
    dropped: 'media of further hosts, whose refusals are explained without them',
    anomaly: { layer: 'sip', reason: 'hosts-not-remembered' },
  },
  partiesRemembered: {
    most: 10_000,
    of: 'parties whose suites are remembered',
    dropped: 'suites of further parties, which count as not supported',
    anomaly: { layer: 'sip', reason: 'parties-not-remembered' },
  },
  keysRemembered: {
    most: 262_144,
    of: 'keys of calls that are looked for in later calls',
    dropped: 'keys of later calls, which are not looked for',
    anomaly: { layer: 'sip', reason: 'keys-not-remembered' },
  },
  refusedOffers: {
    most: 10_000,
    of: 'refused offers of SRTP that wait 10 s for another try in the clear',
    dropped: 'refused offers forgotten, the oldest first',
    anomaly: { layer: 'sip', reason: 'refused-offers-forgotten' },
  },
  callPairs: {
    most: 10_000,
    of: 'pairs of hosts whose calls are counted by what became of them',
    dropped: 'calls between further ones, whose refusals are not told',
    anomaly: { layer: 'sip', reason: 'call-pairs-not-kept' },
  },
  servedNames: {
    most: 10_000,
    of: 'names whose certificates are followed',
    dropped: 'certificates of further names, whose changes are not told',
    anomaly: { layer: 'tls', reason: 'names-not-followed' },
  },
} as const satisfies Record<string, Limit>
