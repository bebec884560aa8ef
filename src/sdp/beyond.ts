import { SDP_LIMITS } from '../limits/sdp-limits.ts'

/** The anomaly of a description that goes beyond a limit. */
export function beyond(name: keyof typeof SDP_LIMITS): string {
  return SDP_LIMITS[name].anomaly.reason
}
