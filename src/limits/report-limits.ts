import type { Limit } from './limit.ts'

/** Of what is put together at the end: comparisons, findings, and the report itself. */
export const REPORT_LIMITS = {
  comparedStreams: {
    most: 1000,
    of: 'streams of one key and SSRC that are compared for a keystream used twice',
    dropped: 'further streams not compared',
    anomaly: { layer: 'srtp', reason: 'streams-not-compared' },
  },
  tlsPeersListed: {
    most: 1000,
    of: 'TLS peers that the report lists',
    dropped: 'peers not listed; they are judged all the same',
    anomaly: { layer: 'tls', reason: 'peers-beyond-those-listed' },
  },
  findingsOfRule: {
    most: 102_400,
    perMegabyte: 100,
    of: 'findings of a rule and severity',
    dropped: 'further findings not listed; the totals and the exit status count them',
    anomaly: { layer: 'capture', reason: 'findings-beyond-those-listed' },
  },
  anomalyKinds: {
    most: 1000,
    of: 'kinds of anomalies, each capture and layer by itself',
    dropped: 'anomalies of further kinds, counted together',
    anomaly: { layer: 'capture', reason: 'further-kinds' },
  },
} as const satisfies Record<string, Limit>
