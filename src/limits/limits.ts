/** The layer that noticed something in the traffic. */
export type TrafficLayer = 'capture' | 'net' | 'tls' | 'sip' | 'sdp' | 'rtp' | 'srtp' | 'media'

/**
 * A ceiling on what a trace can make the scan keep or read. A trace is what an attacker sent: whatever it can add to
 * without end has a ceiling here, and reaching one is stated in the report with the number of what was dropped.
 */
export interface Limit {
  /** The ceiling. Where `perMegabyte` is given: with the default of --max-memory. */
  readonly most: number
  /** The ceiling follows --max-memory: so many for each of its megabytes (2^20 octets). */
  readonly perMegabyte?: number
  /** What is counted, as it follows the number: `TCP connections at a time`. */
  readonly of: string
  /** What is dropped beyond it and what goes on, as it follows the count: `connections given up, …`. */
  readonly dropped: string
  /** The anomaly of the report that says that it was reached; its count is the number of what was dropped. */
  readonly anomaly: { readonly layer: TrafficLayer; readonly reason: string }
}

/** Of --max-memory, where nothing else is said. */
export const DEFAULT_MEMORY_MB = 1024

/** All of them, by name, in the order of the layers. */
export const LIMITS = {
  fragmentedDatagrams: {
    most: 1024,
    of: 'IP datagrams that wait for fragments',
    dropped: 'datagrams given up, the oldest first',
    anomaly: { layer: 'net', reason: 'fragments-evicted' },
  },
  tcpConnections: {
    most: 65_536,
    of: 'TCP connections at a time',
    dropped: 'connections given up, the longest silent first; what follows is read as a new one',
    anomaly: { layer: 'net', reason: 'tcp-connections-evicted' },
  },
  callIds: {
    most: 100_000,
    of: 'Call-IDs at a time',
    dropped: 'Call-IDs given up, those that had ended first, then the oldest',
    anomaly: { layer: 'sip', reason: 'calls-evicted' },
  },
  streams: {
    most: 524_288,
    perMegabyte: 512,
    of: 'streams',
    dropped: 'packets of further streams not counted',
    anomaly: { layer: 'rtp', reason: 'packets-beyond-the-stream-table' },
  },
} as const satisfies Record<string, Limit>

export type LimitName = keyof typeof LIMITS

const NAMES = Object.keys(LIMITS) as LimitName[]
const byAnomaly = new Map<string, LimitName>(
  NAMES.map((name) => [`${LIMITS[name].anomaly.layer} ${LIMITS[name].anomaly.reason}`, name]),
)

/** The limit that an anomaly tells of. */
export function limitOf(layer: TrafficLayer, reason: string): LimitName | undefined {
  return byAnomaly.get(`${layer} ${reason}`)
}

/** A limit's ceiling under this --max-memory, octets. */
export function ceilingOf(name: LimitName, maxMemoryBytes: number): number {
  const limit: Limit = LIMITS[name]
  return limit.perMegabyte === undefined ? limit.most : Math.floor((limit.perMegabyte * maxMemoryBytes) / (1 << 20))
}
