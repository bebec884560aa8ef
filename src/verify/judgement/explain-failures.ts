import type { Keyring } from '../../media/keyring.ts'
import { registerAll } from '../../media/known-keys.ts'
import { F, I } from '../../rtp/stream-table.ts'
import type { Exchange } from '../../sdp/exchange.ts'
import { isVerified } from '../../srtp/authenticator.ts'
import type { Engine } from '../engine.ts'
import type { Resolution } from '../second-pass/resolution.ts'
import { type Explained, Explainer, type Explanation, type OtherCalls } from './explainer.ts'
import type { JudgedStream } from './judged-stream.ts'
import type { KnownOfStreams, StreamPlan } from './plan.ts'
import { senderOf } from './sender.ts'
import { type CallTime, TraceKeys } from './trace-keys.ts'

/** What a trace knows that may explain why packets fail. */
export interface Known extends KnownOfStreams {
  readonly keyring: Keyring
  readonly exchanges: readonly Exchange[]
  readonly calls: Iterable<CallTime>
}

/** A stream of which packets failed, as the second pass left it. */
export interface Failed {
  readonly plan: StreamPlan
  readonly resolution: Resolution
}

/** Why streams fail, by their numbers. */
export interface Explanations {
  readonly byStream: ReadonlyMap<number, Explained>
  readonly exchangeOf: Explainer['exchangeOf']
}

/** Tries what is near each stream first; the keys of other calls then, all streams at once, on the threads of the pool. */
export async function explainFailures(engine: Engine, known: Known, failed: readonly Failed[]): Promise<Explanations> {
  const { floats, ints } = engine.streams
  const explainer = explainerOf(engine, known)
  const byStream = new Map<number, Explained>()
  const open: { readonly id: number; readonly trial: OtherCalls }[] = []
  for (const { plan, resolution } of failed) {
    const { id } = plan.stream
    const f = engine.streams.floatsAt(id)
    const times = { fromUs: floats[f + F.FirstTimeUs], untilUs: floats[f + F.LastTimeUs] }
    const verifiedFirst = plan.keepFirstPass ? ints[engine.streams.intsAt(id) + I.Verified] : 0
    const isAmongVerified = resolution.verified + verifiedFirst > 0 && !failsToItsEnd(resolution)
    const stream = { plan, sample: resolution.sample, octets: floats[f + F.Bytes], isAmongVerified, ...times }
    const near = explainer.explainNear(stream)
    if (near !== undefined) byStream.set(id, near)
    else open.push({ id, trial: explainer.otherCalls(stream) })
  }
  const found = await engine.tryKeys(open.map(({ trial: { kind, keys, sample } }) => ({ kind, keys, sample })))
  for (const [n, { id, trial }] of open.entries()) byStream.set(id, explainer.explainByOther(trial, found[n]))
  return { byStream, exchangeOf: explainer.exchangeOf }
}

/** Of the packets that fail, so many come behind all that verify. */
const SHARE_OF_END = 0.75

/** Whether packets fail from one on, for good: what befalls single ones has another cause. */
function failsToItsEnd({ failed, failingEnd }: Resolution): boolean {
  return failingEnd !== undefined && failingEnd.failed >= failed * SHARE_OF_END
}

/** A sender may use any key by mistake; all of them are needed only where something fails. */
function explainerOf(engine: Engine, { streamKeys, keyring, exchanges, calls }: Known): Explainer {
  registerAll(exchanges, keyring)
  streamKeys.registerEntries()
  return new Explainer(keyring, new TraceKeys(keyring, exchanges, calls), (key) => engine.keys.authenticator(key))
}

/**
 * RTCP is too rare to prove a hypothesis by itself: where the RTP of the same sender was explained, its explanation
 * holds for the RTCP that verifies under the same key.
 */
export function withCompanions(judged: readonly JudgedStream[]): readonly JudgedStream[] {
  const companions = new Map<string, Explanation>()
  for (const { plan, explanation } of judged) {
    if (plan.stream.kind === 'rtp' && explanation !== undefined) companions.set(senderOf(plan), explanation)
  }
  return companions.size === 0 ? judged : judged.map((stream) => withCompanion(stream, companions))
}

function withCompanion(stream: JudgedStream, companions: ReadonlyMap<string, Explanation>): JudgedStream {
  const { plan, verdict } = stream
  if (plan.stream.kind !== 'rtcp' || verdict.failed === 0 || stream.explanation !== undefined) return stream
  const explanation = companions.get(senderOf(plan))
  if (explanation === undefined) return stream
  const fits = verdict.sample.every(({ bytes }) =>
    isVerified(explanation.authenticator.verifyRtcp(bytes, 0, bytes.length)),
  )
  return fits ? { ...stream, explanation } : stream
}
