import type { Keyring } from '../media/keyring.ts'
import { registerAll } from '../media/known-keys.ts'
import { flowOf } from '../media/observed-stream.ts'
import { ownLines, shareTransport } from '../media/own-lines.ts'
import { NO_STRETCHES } from '../media/plain-stretches.ts'
import { NO_KEYS } from '../media/schedule.ts'
import type { StreamKeys } from '../media/stream-keys.ts'
import { MediaKind } from '../rtp/media-kind.ts'
import { payloadTypesOf } from '../rtp/payload-types.ts'
import { F, I, type StreamTable } from '../rtp/stream-table.ts'
import type { Exchange } from '../sdp/exchange.ts'
import { Verdict } from '../srtp/authenticator.ts'
import { isClearSample } from './clear-sample.ts'
import type { Engine } from './engine.ts'
import { type Explained, Explainer, type Explanation, type OtherCalls } from './explainer.ts'
import { planJudgement, type StreamPlan } from './plan.ts'
import type { Resolution } from './resolution.ts'
import { type CallTime, TraceKeys } from './trace-keys.ts'
import { type FlowNeighbours, type StreamVerdict, secured, verdictOf } from './verdict.ts'

/** Everything that verification found out about one stream. */
export interface JudgedStream {
  readonly plan: StreamPlan
  readonly verdict: StreamVerdict
  readonly neighbours: FlowNeighbours
  readonly explanation?: Explanation
  /** Where it fails: keys of other calls that were tried, and those that were too many. */
  readonly otherKeys?: Explained['otherKeys']
  readonly otherUsesLeftOut?: Explained['otherUsesLeftOut']
  /** It fails, and was not looked into: too many do. */
  readonly isSkipped?: boolean
  /** Where it fails: the exchanges of the trace, by their numbers. */
  readonly exchangeOf?: (id: number) => Exchange | undefined
}

export interface Judgement {
  readonly streams: readonly JudgedStream[]
  /** Packets of streams that were not judged since too many like them go to one port. */
  readonly loosePackets: number
}

/** After the first pass: plans what is left, runs the second pass, and explains what fails. In the order of the streams. */
export async function judge(
  engine: Engine,
  streamKeys: StreamKeys,
  keyring: Keyring,
  exchanges: readonly Exchange[],
  calls: Iterable<CallTime>,
): Promise<Judgement> {
  const table = engine.streams
  const brokeOff = engine.breakage !== undefined
  const heardUntil = engine.breakage?.heardUntil ?? Number.POSITIVE_INFINITY
  const planned = planJudgement(table, streamKeys, engine.repeats, engine.oneShot, engine.timelines)
  const plans = brokeOff ? planned.plans.map((plan) => ({ ...plan, brokeOff })) : planned.plans
  const { loosePackets } = planned
  const jobs = plans.flatMap(({ job }) => job ?? [])
  const resolutions = await engine.secondPass(jobs, Math.min(engine.records, heardUntil) - 1)
  const byStream = new Map(resolutions.map((resolution) => [resolution.stream, resolution]))
  const neighbours = keyedOtherwise(table)
  const explainer = resolutions.some(({ failed }) => failed > 0)
    ? explainerOf(engine, streamKeys, keyring, exchanges, calls)
    : undefined
  const explained = new Map<number, Explained>()
  const open: { readonly id: number; readonly trial: OtherCalls }[] = []
  for (const plan of plans) {
    const { id, source, destination } = plan.stream
    const resolution = byStream.get(id)
    if (resolution === undefined || resolution.failed === 0 || explainer === undefined) continue
    // What nobody agreed to protect fails under no agreement.
    if (!secured(plan, neighbours(source, destination)) && plan.keying.binding !== undefined) continue
    const f = table.floatsAt(id)
    const times = { fromUs: table.floats[f + F.FirstTimeUs], untilUs: table.floats[f + F.LastTimeUs] }
    const stream = { plan, sample: resolution.sample, octets: table.floats[f + F.Bytes], ...times }
    const near = explainer.explainNear(stream)
    if (near !== undefined) explained.set(id, near)
    else open.push({ id, trial: explainer.otherCalls(stream) })
  }
  const found = await engine.tryKeys(open.map(({ trial: { kind, keys, sample } }) => ({ kind, keys, sample })))
  for (const [n, { id, trial }] of open.entries()) {
    if (explainer !== undefined) explained.set(id, explainer.explainByOther(trial, found[n]))
  }
  const over = explainer === undefined ? NONE_OVER : overSince(calls)
  const judged = plans.map((plan): JudgedStream => {
    const beside = neighbours(plan.stream.source, plan.stream.destination)
    const resolution = byStream.get(plan.stream.id)
    const why = explained.get(plan.stream.id)
    if (why?.explanation === undefined && isOfUnseenCall(table, plan, resolution, over)) {
      const apart = ofNoCall(plan)
      return { plan: apart, verdict: verdictOf(table, apart, undefined, beside), neighbours: beside }
    }
    if (why === undefined || resolution === undefined || explainer === undefined) {
      return { plan, verdict: verdictOf(table, plan, resolution, beside), neighbours: beside }
    }
    const isExplained = why.explanation !== undefined
    const isClear = !isExplained && hidesPayload(plan, keyring) && isClearSample(resolution.sample)
    const verdict = verdictOf(table, plan, resolution, beside, isExplained, isClear)
    return { plan, verdict, neighbours: beside, ...why, exchangeOf: explainer.exchangeOf }
  })
  const companions = new Map<string, Explanation>()
  for (const { plan, explanation } of judged) {
    if (plan.stream.kind === 'rtp' && explanation !== undefined) companions.set(senderOf(plan), explanation)
  }
  const explainedAll = judged.map((stream) => withCompanion(stream, companions))
  return { streams: onOwnLines(explainedAll, table), loosePackets }
}

/** Streams of m= lines that share a transport, each with the lines that it is of; RTCP goes with the RTP of its sender. */
function onOwnLines(judged: readonly JudgedStream[], table: StreamTable): readonly JudgedStream[] {
  if (!judged.some(({ plan }) => sharesTransport(plan))) return judged
  const typesOfSender = new Map<string, readonly number[]>()
  for (const { plan } of judged) {
    if (plan.stream.kind !== 'rtp' || !sharesTransport(plan)) continue
    typesOfSender.set(senderOf(plan), payloadTypesOf(table, plan.stream.id))
  }
  return judged.map((one) => {
    const { stream, keying } = one.plan
    const { binding } = keying
    if (binding === undefined || !sharesTransport(one.plan)) return one
    const payloadTypes = typesOfSender.get(senderOf(one.plan)) ?? []
    const lines = ownLines(binding.lines, { ssrc: stream.ssrc, payloadTypes })
    if (lines.length === binding.lines.length) return one
    return { ...one, plan: { ...one.plan, keying: { ...keying, binding: { ...binding, lines } } } }
  })
}

/** One line of an exchange is the stream's own. */
function sharesTransport({ keying: { binding } }: StreamPlan): boolean {
  return binding !== undefined && shareTransport(binding.lines)
}

/** The calls whose BYE was answered, and when they were over. */
function overSince(calls: Iterable<CallTime>): ReadonlyMap<string, number> {
  const over = new Map<string, number>()
  for (const { callId, endUs, byeAnsweredUs } of calls) {
    if (endUs !== undefined && byeAnsweredUs !== undefined) over.set(callId, Math.max(endUs, byeAnsweredUs))
  }
  return over
}

const NONE_OVER: ReadonlyMap<string, number> = new Map()

/**
 * Ports are used again. What begins on those of a call that is over, and fits none of its keys, is media of a call whose
 * signalling is not known: nothing was agreed for it that it could fail under.
 */
function isOfUnseenCall(
  table: StreamTable,
  { stream, keying, keepFirstPass }: StreamPlan,
  resolution: Resolution | undefined,
  over: ReadonlyMap<string, number>,
): boolean {
  const sinceUs = keying.binding === undefined ? undefined : over.get(keying.binding.callId)
  if (sinceUs === undefined || resolution === undefined || resolution.failed === 0 || resolution.verified > 0)
    return false
  if (keepFirstPass && table.ints[table.intsAt(stream.id) + I.Verified] > 0) return false
  return table.floats[table.floatsAt(stream.id) + F.FirstTimeUs] > sinceUs
}

function ofNoCall(plan: StreamPlan): StreamPlan {
  const { stream, repeats } = plan
  const keying = { binding: undefined, keying: 'none', keys: NO_KEYS, plain: NO_STRETCHES, source: 'none' } as const
  return { stream, repeats, keepFirstPass: false, keying: { ...keying, hidden: plan.keying.hidden } }
}

/** Whether what was agreed for a stream encrypts its RTP: else the payload says nothing. */
function hidesPayload({ stream, keying }: StreamPlan, keyring: Keyring): boolean {
  return (
    stream.kind === 'rtp' &&
    keying.keys.every(({ key }) => {
      const { suite, parameters } = keyring.get(key).master
      return suite.cipher !== 'null' && !parameters?.unencryptedSrtp
    })
  )
}

/** A sender may use any key by mistake; all of them are needed only where something fails. */
function explainerOf(
  engine: Engine,
  streamKeys: StreamKeys,
  keyring: Keyring,
  exchanges: readonly Exchange[],
  calls: Iterable<CallTime>,
): Explainer {
  registerAll(exchanges, keyring)
  streamKeys.registerEntries()
  return new Explainer(keyring, new TraceKeys(keyring, exchanges, calls), (key) => engine.keys.authenticator(key))
}

/**
 * RTCP is too rare to prove a hypothesis by itself: where the RTP of the same sender was explained, its explanation
 * holds for the RTCP that verifies under the same key.
 */
function withCompanion(stream: JudgedStream, companions: ReadonlyMap<string, Explanation>): JudgedStream {
  const { plan, verdict } = stream
  if (plan.stream.kind !== 'rtcp' || verdict.failed === 0 || stream.explanation !== undefined) return stream
  const explanation = companions.get(senderOf(plan))
  if (explanation === undefined) return stream
  const fits = verdict.sample.every(({ bytes }) => {
    const tag = explanation.authenticator.verifyRtcp(bytes, 0, bytes.length)
    return tag === Verdict.Verified || tag === Verdict.VerifiedShortTag
  })
  return fits ? { ...stream, explanation } : stream
}

/** The same for the RTP and the RTCP of one sender. */
function senderOf({ stream, keying }: StreamPlan): string {
  return `${stream.ssrc} ${keying.binding?.callId}`
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
  if (seen.dtls.size + seen.zrtp.size === 0) return () => NO_NEIGHBOURS
  return (source, destination) => ({
    dtls: seen.dtls.has(`${source} ${destination}`),
    zrtp: seen.zrtp.has(`${source} ${destination}`),
  })
}

const NO_NEIGHBOURS: FlowNeighbours = { dtls: false, zrtp: false }
