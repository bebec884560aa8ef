import type { StreamPlan } from './plan.ts'

/** The same for the RTP and the RTCP of one sender. */
export function senderOf({ stream, keying }: StreamPlan): string {
  return `${stream.ssrc} ${keying.binding?.callId}`
}
