import { CAPTURE_LIMITS } from './capture-limits.ts'
import { JUDGEMENT_LIMITS } from './judgement-limits.ts'
import type { Limit, TrafficLayer } from './limit.ts'
import { MEDIA_LIMITS } from './media-limits.ts'
import { NET_LIMITS } from './net-limits.ts'
import { REPORT_LIMITS } from './report-limits.ts'
import { RULE_LIMITS } from './rule-limits.ts'
import { SDP_LIMITS } from './sdp-limits.ts'
import { CALL_LIMITS, SIP_SYNTAX_LIMITS, WATCH_LIMITS } from './sip-limits.ts'
import { TLS_LIMITS } from './tls-limits.ts'

export type { Limit, TrafficLayer }

/** Of --max-memory, where nothing else is said. */
export const DEFAULT_MEMORY_MB = 1024

/** The octets of a --max-memory. Not by a shift: from 2 GiB on its result is negative. */
export function memoryBytes(maxMemoryMb: number = DEFAULT_MEMORY_MB): number {
  return maxMemoryMb * 2 ** 20
}

/** All of them, by name, in the order of the layers. */
export const LIMITS = {
  ...CAPTURE_LIMITS,
  ...NET_LIMITS,
  ...TLS_LIMITS,
  ...SIP_SYNTAX_LIMITS,
  ...CALL_LIMITS,
  ...WATCH_LIMITS,
  ...SDP_LIMITS,
  ...MEDIA_LIMITS,
  ...JUDGEMENT_LIMITS,
  ...RULE_LIMITS,
  ...REPORT_LIMITS,
} as const satisfies Record<string, Limit>

export type LimitName = keyof typeof LIMITS

/** Hears that a limit was reached: with each thing that is dropped, by the frame that brought it. */
export type OnLimit = (name: LimitName, at: { readonly capture: number; readonly frame: number }) => void

/** How much of what limits drop was dropped, by their names. */
export type Dropped = Readonly<Partial<Record<LimitName, number>>>

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
  const { most, perMegabyte, least = 0 } = limit
  return perMegabyte === undefined ? most : Math.max(least, Math.floor((perMegabyte * maxMemoryBytes) / (1 << 20)))
}
