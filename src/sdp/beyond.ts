import type { Limit } from '../limits/limit.ts'
import { SDP_LIMITS } from '../limits/sdp-limits.ts'
import type { SdpAnomaly } from './description.ts'

/** What a description says of a limit that it goes beyond. */
export function beyond(name: keyof typeof SDP_LIMITS): SdpAnomaly {
  const { most, of, anomaly }: Limit = SDP_LIMITS[name]
  return { reason: anomaly.reason, text: `There are more than ${most} ${of}; the rest was not read.` }
}
