import type { Dropped } from '../limits/limits.ts'
import type { Keyring } from '../media/keyring.ts'
import type { AnomalyLog } from '../model/anomaly-log.ts'
import { isCredible } from '../model/credibility.ts'
import { Decode } from '../net/datagram.ts'
import { MediaKind } from '../rtp/media-kind.ts'
import { payloadTypesWithoutUse } from '../rtp/payload-type-use.ts'
import { I, type StreamTable } from '../rtp/stream-table.ts'
import { MAX_CAPTURES } from '../verify/control.ts'
import type { Engine } from '../verify/engine.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import { MAX_OTHER_KEYS } from '../verify/judgement/trace-keys.ts'
import type { Signalling } from './signalling.ts'

/** Who counts what was dropped. */
export interface LimitCounters {
  readonly engine: Engine
  /** How many there are. */
  readonly captures: number
  readonly signalling: Signalling
  readonly keyring: Keyring
  readonly judgement: readonly JudgedStream[]
}

/** Streams that fail and on which less was spent than they might have needed. */
export function noteEfforts(judgement: readonly JudgedStream[], anomalies: AnomalyLog): void {
  let [rolloverSearches, keyTrials, otherKeyTrials, explanations] = [0, 0, 0, 0]
  for (const { plan, verdict, otherKeys, isSkipped } of judgement) {
    if (verdict.failed === 0) continue
    if (plan.job?.effort?.isSearchedLess) rolloverSearches++
    if (plan.job?.effort?.isTriedLess) keyTrials++
    if (isSkipped) explanations++
    if (otherKeys !== undefined && otherKeys.leftOut > 0 && otherKeys.tried < MAX_OTHER_KEYS) otherKeyTrials++
  }
  anomalies.dropped({ rolloverSearches, keyTrials, otherKeyTrials, explanations })
}

/** What could not be taken in, by name: nothing is left out in silence. */
export function noteLimits(
  { engine, captures, signalling, keyring, judgement }: LimitCounters,
  anomalies: AnomalyLog,
): void {
  const fragments = engine.fragmentFacts
  const tcp = signalling.tcp.facts
  const { tlsLog, secrets } = signalling
  const all = [
    fragments.dropped,
    tcp.dropped,
    tlsLog.dropped,
    secrets.dropped,
    engine.dropped,
    engine.streams.turn.dropped,
  ]
  for (const dropped of [...all, ofStreams(judgement, engine.streams)]) anomalies.dropped(dropped)
  anomalies.dropped({ keys: keyring.refused, callIds: signalling.calls.evicted })
  const counts: readonly (readonly [layer: Parameters<AnomalyLog['count']>[0], reason: string, count: number])[] = [
    ['net', 'fragments-incomplete', fragments.pending],
    ['net', 'fragments-malformed', fragments.malformed],
    ['net', 'tcp-gaps', tcp.gaps],
    ['sip', 'messages-without-call-id', signalling.calls.withoutCallId],
    ['media', 'packets-lost-on-a-full-disk', engine.spillLost],
  ]
  for (const [layer, reason, count] of counts) anomalies.count(layer, reason, 0, count)
  const { control, facts } = engine
  for (let capture = 0; capture < Math.min(captures, MAX_CAPTURES); capture++) {
    const headersOfFrame = control.decoded(capture, Decode.TooManyHeaders)
    const tagsOfExportedPdu = control.decoded(capture, Decode.TooManyTags)
    anomalies.dropped({ headersOfFrame, tagsOfExportedPdu }, capture)
  }
  for (const [capture, { dropped }] of facts.entries()) if (dropped !== undefined) anomalies.dropped(dropped, capture)
  if (captures <= MAX_CAPTURES) return
  // Counted with the last that is counted apart: whose they are is not known.
  const [malformed, undecoded] = [Decode.Malformed, Decode.UnknownLinkType].map((decode) =>
    control.decoded(MAX_CAPTURES - 1, decode),
  )
  anomalies.dropped({ capturesCountedApart: malformed + undecoded })
}

/** What was not kept, or not tried, of single streams. */
function ofStreams(judgement: readonly JudgedStream[], table: StreamTable): Dropped {
  const dropped = { payloadTypesOfStream: 0, keysOfOtherCalls: 0, keysUsedOtherwise: 0, rolloverChanges: 0 }
  for (const judged of judgement) {
    const { plan, verdict, otherKeys, otherUsesLeftOut = 0 } = judged
    const { id } = plan.stream
    const isRtp = table.ints[table.intsAt(id) + I.Kind] === MediaKind.Rtp
    // What is no stream of RTP has no payload types.
    if (isRtp && isCredible(judged, table)) dropped.payloadTypesOfStream += payloadTypesWithoutUse(table, id)
    dropped.keysOfOtherCalls += otherKeys?.leftOut ?? 0
    dropped.keysUsedOtherwise += otherUsesLeftOut
    dropped.rolloverChanges += verdict.rocChangesBeyond
  }
  return dropped
}
