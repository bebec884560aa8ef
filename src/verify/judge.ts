import type { Keyring } from '../media/keyring.ts'
import { registerAll } from '../media/known-keys.ts'
import { flowOf } from '../media/observed-stream.ts'
import type { StreamKeys } from '../media/stream-keys.ts'
import { MediaKind } from '../rtp/media-kind.ts'
import { I, type StreamTable } from '../rtp/stream-table.ts'
import type { Exchange } from '../sdp/exchange.ts'
import { type Authenticator, Verdict } from '../srtp/authenticator.ts'
import type { Engine } from './engine.ts'
import { type Explanation, explainFailure } from './explainer.ts'
import { planJudgement, type StreamPlan } from './plan.ts'
import { type FlowNeighbours, type StreamVerdict, verdictOf } from './verdict.ts'

/** Everything that verification found out about one stream. */
export interface JudgedStream {
  readonly plan: StreamPlan
  readonly verdict: StreamVerdict
  readonly neighbours: FlowNeighbours
  readonly explanation?: Explanation
}

/** After the first pass: plans what is left, runs the second pass, and explains what fails. In the order of the streams. */
export async function judge(
  engine: Engine,
  streamKeys: StreamKeys,
  keyring: Keyring,
  exchanges: readonly Exchange[],
): Promise<JudgedStream[]> {
  const table = engine.streams
  const plans = planJudgement(table, streamKeys, engine.oneShot)
  const jobs = plans.flatMap(({ job }) => job ?? [])
  const resolutions = await engine.secondPass(jobs, engine.records)
  const byStream = new Map(resolutions.map((resolution) => [resolution.stream, resolution]))
  const neighbours = keyedOtherwise(table)
  // A sender may use any key by mistake; all are needed only where something fails.
  if (resolutions.some(({ failed }) => failed > 0)) registerAll(exchanges, keyring)
  const authenticators = (key: number) => engine.keys.authenticator(key)
  const judged = plans.map((plan): JudgedStream => {
    const beside = neighbours(plan.stream.source, plan.stream.destination)
    const verdict = verdictOf(table, plan, byStream.get(plan.stream.id), beside)
    const explanation = verdict.failed > 0 ? explainFailure(plan, verdict.sample, keyring, authenticators) : undefined
    return { plan, verdict, neighbours: beside, ...(explanation !== undefined && { explanation }) }
  })
  return judged.map((stream) => withCompanion(stream, judged, authenticators))
}

/**
 * RTCP is too rare to prove a hypothesis by itself: where the RTP of the same sender was explained, its explanation
 * holds for the RTCP that verifies under the same key.
 */
function withCompanion(
  stream: JudgedStream,
  all: readonly JudgedStream[],
  authenticators: (key: number) => Authenticator,
): JudgedStream {
  const { plan, verdict } = stream
  if (plan.stream.kind !== 'rtcp' || verdict.failed === 0 || stream.explanation !== undefined) return stream
  const companion = all.find(
    ({ plan: other, explanation }) =>
      explanation !== undefined &&
      other.stream.kind === 'rtp' &&
      other.stream.ssrc === plan.stream.ssrc &&
      other.keying.binding?.callId === plan.keying.binding?.callId,
  )
  const explanation = companion?.explanation
  if (explanation === undefined) return stream
  const fits = verdict.sample.every(({ bytes }) => {
    const tag = authenticators(explanation.key.number).verifyRtcp(bytes, 0, bytes.length)
    return tag === Verdict.Verified || tag === Verdict.VerifiedShortTag
  })
  return fits ? { ...stream, explanation } : stream
}

/** Tells for a pair of addresses, in either direction, whether DTLS or ZRTP was seen between them. */
function keyedOtherwise(table: StreamTable): (source: string, destination: string) => FlowNeighbours {
  const seen = { dtls: new Set<string>(), zrtp: new Set<string>() }
  for (let id = 0; id < table.count; id++) {
    const kind = table.ints[table.intsAt(id) + I.Kind]
    if (kind !== MediaKind.Dtls && kind !== MediaKind.Zrtp) continue
    const { source, destination } = flowOf(table, id)
    const set = kind === MediaKind.Dtls ? seen.dtls : seen.zrtp
    set.add(`${source} ${destination}`)
    set.add(`${destination} ${source}`)
  }
  return (source, destination) => ({
    dtls: seen.dtls.has(`${source} ${destination}`),
    zrtp: seen.zrtp.has(`${source} ${destination}`),
  })
}
