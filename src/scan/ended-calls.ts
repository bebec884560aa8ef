import type { Keyring } from '../media/keyring.ts'
import { observedStream } from '../media/observed-stream.ts'
import type { StreamKeys } from '../media/stream-keys.ts'
import { describeCall } from '../model/calls.ts'
import type { Call, Stream } from '../model/report.ts'
import { describeSession } from '../model/sessions.ts'
import { describeStream } from '../model/streams.ts'
import { F, I } from '../rtp/stream-table.ts'
import type { SipCall } from '../sip/call.ts'
import type { Engine } from '../verify/engine.ts'
import { planStream } from '../verify/judgement/plan.ts'
import { verdictOf } from '../verify/judgement/verdict.ts'
import { SETTLED_US } from './settled.ts'
import type { Signalling } from './signalling.ts'

/** A call or a stream that has ended and is judged for good. */
export type EndedObject = ({ readonly type: 'call' } & Call) | ({ readonly type: 'stream' } & Stream)

/**
 * Tells of calls and their streams as soon as they have ended, while the trace goes on: those whose packets the first
 * pass judged at once. The others, and what the end of the trace cuts off, are the report's.
 */
export class EndedCalls {
  /** Call-IDs of calls that were told of and not let go. */
  readonly #told = new Set<string>()
  readonly #engine: Engine
  readonly #signalling: Signalling
  readonly #streamKeys: StreamKeys
  readonly #keyring: Keyring
  readonly #onObject: (object: EndedObject) => void
  readonly #waiting = new Set<SipCall>()
  /** Times of the slabs that were heard and not yet committed, and how many were. */
  readonly #slabTimes: number[] = []
  #slabs = 0
  #latestUs = 0

  constructor(
    engine: Engine,
    signalling: Signalling,
    streamKeys: StreamKeys,
    keyring: Keyring,
    onObject: (object: EndedObject) => void,
  ) {
    this.#engine = engine
    this.#signalling = signalling
    this.#streamKeys = streamKeys
    this.#keyring = keyring
    this.#onObject = onObject
  }

  /** A call has met its end in signalling; again where it is said again. */
  ended(call: SipCall): void {
    if (!this.#told.has(call.callId)) this.#waiting.add(call)
  }

  /** Calls are let go: nothing more is told of them here. */
  release(callIds: ReadonlySet<string>): void {
    for (const callId of callIds) this.#told.delete(callId)
    for (const call of this.#waiting) if (callIds.has(call.callId)) this.#waiting.delete(call)
  }

  /** The next slab's signalling was heard; its last record is of `timeUs`. */
  heard(timeUs: number): void {
    this.#slabTimes.push(timeUs)
  }

  /** All slabs below this number are judged: time has come to the end of the last of them. */
  committed(slabs: number): void {
    const judged = this.#slabTimes.splice(0, slabs - this.#slabs)
    this.#slabs = slabs
    this.#latestUs = Math.max(this.#latestUs, ...judged)
    for (const call of this.#waiting) {
      if (!this.#isSettled(call.lastUs)) continue
      this.#waiting.delete(call)
      this.#tell(call)
    }
  }

  #isSettled(lastUs: number): boolean {
    return this.#latestUs - lastUs > SETTLED_US
  }

  #tell(call: SipCall): void {
    const exchanges = this.#signalling.offerAnswer.exchangesOf(call)
    this.#told.add(call.callId)
    this.#onObject({
      type: 'call',
      ...describeCall(
        call,
        exchanges.map((exchange) => describeSession(exchange, false)),
      ),
    })
    for (const id of this.#streamKeys.streamsOf(call.callId)) {
      const stream = this.#settledStream(id)
      if (stream !== undefined) this.#onObject({ type: 'stream', ...stream })
    }
  }

  /** The stream, where the first pass alone has judged it. */
  #settledStream(id: number): Stream | undefined {
    const { streams } = this.#engine
    const f = streams.floatsAt(id)
    const deferred = [F.DeferFrom, F.ReassembledFrom, F.KeyUntil].some((field) => streams.floats[f + field] !== 0)
    // Without keying the end must tell whether ZRTP or DTLS keyed the flow after all.
    if (deferred || streams.ints[streams.intsAt(id) + I.Key] <= 0) return undefined
    if (!this.#isSettled(streams.floats[f + F.LastTimeUs])) return undefined
    const observed = observedStream(streams, id)
    if (observed === undefined) return undefined
    const plan = planStream(streams, observed, this.#streamKeys.keyingOf(observed), this.#engine.repeats.of(id), true)
    if (plan.job !== undefined) return undefined
    const neighbours = { dtls: false, zrtp: false }
    const verdict = verdictOf(streams, plan, undefined, neighbours)
    return describeStream({ plan, verdict, neighbours }, streams, this.#keyring, false)
  }
}
