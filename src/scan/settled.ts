import type { AnalysedCall, AnalysedStream, Analysis } from '../model/analysis.ts'

/** After a call's end, and after a stream's last packet, nothing more is expected: Timer H and J of RFC 3261 §17. */
export const SETTLED_US = 32_000_000
/** An INVITE that is not answered is given up after Timer C (RFC 3261 §16.6) at the latest. */
const UNANSWERED_US = 180_000_000
/** Parties that say nothing to each other, neither SIP nor media, for so long are taken to be gone. */
const SILENT_US = 3_600_000_000

/** What of an analysis has ended for good. */
export interface Settled {
  /** Places of the calls. */
  readonly calls: ReadonlySet<number>
  /** Names of the streams, those of the calls included. */
  readonly streams: ReadonlySet<string>
}

/** When something was heard last, by the clock that `nowUs` is of. */
type HeardAt = (name: string, ownUs: number) => number

/**
 * What has ended by `nowUs`. A call that is a leg of another ends with it.
 *
 * @param heardAt by default the packets' own times
 */
export function settledBy(analysis: Analysis, nowUs: number, heardAt: HeardAt = (_, ownUs) => ownUs): Settled {
  const lastMedia = new Map<number, number>()
  const lastOf = new Map<AnalysedStream, number>()
  for (const stream of analysis.streams) {
    const { call, lastAt, report } = stream
    const lastUs = heardAt(`stream ${report.id}`, lastAt.timeUs)
    lastOf.set(stream, lastUs)
    if (call !== undefined) lastMedia.set(call, Math.max(lastMedia.get(call) ?? 0, lastUs))
  }
  const calls = new Set<number>()
  let index = 0
  for (const call of analysis.calls) {
    const lastUs = Math.max(heardAt(`call ${call.callId}`, call.lastUs), lastMedia.get(index) ?? 0)
    if (nowUs - lastUs > patienceFor(call)) calls.add(index)
    index++
  }
  for (const { calls: legs } of analysis.joined) {
    if (legs.some((leg) => !calls.has(leg))) for (const leg of legs) calls.delete(leg)
  }
  const isSettled = (stream: AnalysedStream): boolean =>
    stream.call === undefined ? nowUs - (lastOf.get(stream) as number) > SETTLED_US : calls.has(stream.call)
  return { calls, streams: new Set(analysis.streams.filter(isSettled).map(({ report }) => report.id)) }
}

function patienceFor({ state, endUs }: AnalysedCall): number {
  if (endUs !== undefined) return SETTLED_US
  return state === 'established' ? SILENT_US : UNANSWERED_US
}
