import { compareText } from '../../bytes/compare-text.ts'
import type { Stream } from '../../model/report.ts'

/** RTP in the order of first packets, and behind each stream the RTCP of its sender. */
export function inOrder<S extends Stream>(streams: readonly S[]): S[] {
  const byTime = [...streams].sort((a, b) => compareText(a.firstTime, b.firstTime))
  const waiting = new Set(byTime.filter(({ kind }) => kind === 'rtcp'))
  const ordered: S[] = []
  for (const stream of byTime) {
    if (stream.kind !== 'rtp') continue
    ordered.push(stream)
    for (const control of waiting) {
      if (control.ssrc !== stream.ssrc || hostOf(control.src) !== hostOf(stream.src)) continue
      ordered.push(control)
      waiting.delete(control)
    }
  }
  return [...ordered, ...waiting]
}

function hostOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':'))
}
