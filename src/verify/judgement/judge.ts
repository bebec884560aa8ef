import type { Keyring } from '../../media/keyring.ts'
import { isSurelyClear } from '../../rtp/payload-randomness.ts'
import type { StreamTable } from '../../rtp/stream-table.ts'
import type { Engine } from '../engine.ts'
import type { Resolution } from '../second-pass/resolution.ts'
import { isClearSample } from './clear-sample.ts'
import { type Explanations, explainFailures, type Failed, type Known, withCompanions } from './explain-failures.ts'
import type { JudgedStream } from './judged-stream.ts'
import { keyedOtherwise } from './neighbours.ts'
import { onOwnLines } from './own-lines-of-streams.ts'
import { planJudgement, type StreamPlan } from './plan.ts'
import { callsOver, fitsNoMask, setAside } from './set-aside.ts'
import { secured, verdictOf } from './verdict.ts'

export interface Judgement {
  readonly streams: readonly JudgedStream[]
  /** Packets of streams that were not judged since too many like them go to one port. */
  readonly loosePackets: number
}

/** After the first pass: plans what is left, runs the second pass, and explains what fails. In the order of the streams. */
export async function judge(engine: Engine, known: Known): Promise<Judgement> {
  const table = engine.streams
  const brokeOff = engine.breakage !== undefined
  const heardUntil = engine.breakage?.heardUntil ?? Number.POSITIVE_INFINITY
  const planned = planJudgement(table, known, engine.repeats, engine.oneShot, engine.timelines)
  const plans = brokeOff ? planned.plans.map((plan) => ({ ...plan, brokeOff })) : planned.plans
  const jobs = plans.flatMap(({ job }) => job ?? [])
  const resolutions = await engine.secondPass(jobs, Math.min(engine.records, heardUntil) - 1)
  const byStream = new Map(resolutions.map((resolution) => [resolution.stream, resolution]))
  const neighboursOf = keyedOtherwise(table)
  const failed: Failed[] = []
  for (const plan of plans) {
    const resolution = byStream.get(plan.stream.id)
    if (resolution === undefined || resolution.failed === 0 || fitsNoMask(table, plan, resolution)) continue
    // What nobody agreed to protect fails under no agreement.
    if (secured(plan, neighboursOf(plan.stream)) || plan.keying.binding === undefined) failed.push({ plan, resolution })
  }
  const explanations = failed.length === 0 ? NO_EXPLANATIONS : await explainFailures(engine, known, failed)
  const over = resolutions.some(({ failed }) => failed > 0) ? callsOver(known.calls) : NONE_OVER
  const judged = plans.map((plan): JudgedStream => {
    const neighbours = neighboursOf(plan.stream)
    const resolution = byStream.get(plan.stream.id)
    const why = explanations.byStream.get(plan.stream.id)
    const isExplained = why?.explanation !== undefined
    const apart = setAside(table, plan, resolution, isExplained, over)
    if (apart !== undefined) return { plan: apart, verdict: verdictOf(table, apart, undefined, neighbours), neighbours }
    if (resolution === undefined) return { plan, verdict: verdictOf(table, plan, undefined, neighbours), neighbours }
    const isHidden = hidesPayload(plan, known.keyring)
    const isClear = why !== undefined && !isExplained && isHidden && isClearSample(resolution.sample)
    const isUntaggedClear = isHidden && isInClear(table, plan, resolution)
    const verdict = verdictOf(table, plan, resolution, neighbours, { isExplained, isClear, isUntaggedClear })
    if (why === undefined) return { plan, verdict, neighbours }
    return { plan, verdict, neighbours, ...why, exchangeOf: explanations.exchangeOf }
  })
  return { streams: onOwnLines(withCompanions(judged), table), loosePackets: planned.loosePackets }
}

const NO_EXPLANATIONS: Explanations = { byStream: new Map(), exchangeOf: () => undefined }
const NONE_OVER: ReadonlyMap<string, number> = new Map()

/** Octets at the end of a payload that its sample leaves out (workers/kernel/lane/payload-sample.ts). */
const LONGEST_TRAILER = 16

/** Whether what was agreed for a stream encrypts its RTP: else the payload says nothing, nor where an MKI is taken for it. */
function hidesPayload({ stream, keying }: StreamPlan, keyring: Keyring): boolean {
  return (
    stream.kind === 'rtp' &&
    keying.keys.every(({ key }) => {
      const { suite, parameters, mki, mkiLength = mki?.length ?? 0 } = keyring.get(key).master
      return suite.cipher !== 'null' && !parameters?.unencryptedSrtp && mkiLength <= LONGEST_TRAILER
    })
  )
}

/**
 * Whether packets that by agreement carry no tag are readable: as none of them can be verified, this alone tells of encryption. Not
 * where some were agreed to be plain: the sample is of a stream's first payloads, and may be theirs.
 */
function isInClear(
  table: StreamTable,
  { stream, keying }: StreamPlan,
  { unauthenticated, verified }: Resolution,
): boolean {
  if (unauthenticated === 0 || verified > 0 || keying.plain.length > 0) return false
  return isSurelyClear(table.ints, table.intsAt(stream.id))
}
