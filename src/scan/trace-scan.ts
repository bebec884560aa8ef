import type { CaptureClock, CaptureInput } from '../capture/capture-input.ts'
import { clockDifferences, clocksOf, comparableWith } from '../capture/clocks.ts'
import { heardUntil } from '../capture/rings.ts'
import { Binder } from '../media/binder.ts'
import { certificateMismatches } from '../media/certificate-mismatches.ts'
import { Keyring } from '../media/keyring.ts'
import { cutsBetweenCalls, NextCalls } from '../media/next-calls.ts'
import { StreamKeys } from '../media/stream-keys.ts'
import { analyse } from '../model/analyse.ts'
import type { Analysis } from '../model/analysis.ts'
import { AnomalyLog } from '../model/anomaly-log.ts'
import { describeCaptures } from '../model/captures.ts'
import { IcmpErrors } from '../model/icmp-errors.ts'
import type { TlsTrust } from '../model/tls-analysis.ts'
import type { AnalysedTls } from '../model/tls-facts.ts'
import { type FoundCuts, NO_CUTS } from '../rtp/stream-cuts.ts'
import { Ladders } from '../sip/ladders.ts'
import { KeyLog } from '../tls/key-log.ts'
import { SessionSecrets } from '../tls/session-secrets.ts'
import { unusedSecrets } from '../tls/unused-secrets.ts'
import type { Engine } from '../verify/engine.ts'
import type { SignallingListener } from '../verify/first-pass/hearing.ts'
import type { Rest } from '../verify/first-pass/slab-source.ts'
import { judge } from '../verify/judgement/judge.ts'
import type { PartedTrace } from '../verify/parts/parted-trace.ts'
import { ClockLog } from './clock-log.ts'
import { noteEfforts, noteLimits } from './drop-counts.ts'
import { EndedCalls } from './ended-calls.ts'
import { ExchangeLog } from './exchange-log.ts'
import { Forgetting } from './forgetting.ts'
import { heardPart } from './heard-part.ts'
import { Signalling } from './signalling.ts'
import { stayingStreams } from './staying-streams.ts'
import type { TraceOptions } from './trace-options.ts'

/**
 * One trace while it is read, and the facts of it: in the end all of them, and in between, where the trace is a stream,
 * those up to then. What has ended may be let go, so that a trace may go on for ever.
 */
export class TraceScan {
  readonly secrets: SessionSecrets
  readonly #engine: Engine
  readonly #inputs: readonly CaptureInput[]
  readonly #options: TraceOptions
  readonly #anomalies = new AnomalyLog()
  readonly #binder = new Binder()
  readonly #keyring: Keyring
  readonly #exchanges: ExchangeLog
  readonly #signalling: Signalling
  readonly #streamKeys: StreamKeys
  readonly #ended: EndedCalls | undefined
  readonly #forgetting: Forgetting
  readonly #ladders: Ladders | undefined
  /** Of several captures. */
  readonly #clockLog: ClockLog | undefined
  /** Streams that were there at the end of the slab before. */
  #streamsSeen = 0
  #cuts: FoundCuts

  constructor(engine: Engine, inputs: readonly CaptureInput[], options: TraceOptions) {
    this.#engine = engine
    this.#inputs = inputs
    this.#options = options
    this.#cuts = options.cuts ?? NO_CUTS
    this.#ladders = options.ladders === true ? new Ladders(this.#anomalies.reached) : undefined
    this.#clockLog = inputs.length > 1 ? new ClockLog() : undefined
    this.#keyring = new Keyring(
      engine.keyCapacity,
      (number, keys) => engine.keys.put(number, keys),
      (number) => engine.keys.erase(number),
    )
    this.secrets = new SessionSecrets(
      options.tlsSecrets ?? { keyLog: new KeyLog(), privateKeys: [] },
      engine.maxMemoryBytes,
    )
    this.#exchanges = new ExchangeLog(this.#anomalies, engine.maxMemoryBytes, (exchange, position) => {
      this.#binder.add(exchange)
      this.#streamKeys.changed(exchange.callId, position)
    })
    this.#signalling = new Signalling(this.#anomalies, this.#exchanges, this.secrets, {
      onCallEnded: (call) => this.#ended?.ended(call),
      onKeyed: ({ client, server, at }) => this.#streamKeys.keyed(client, server, at.position),
      maxMemoryBytes: engine.maxMemoryBytes,
      turn: engine.streams.turn,
      ladders: this.#ladders,
      descriptions: options.descriptions,
      onMessage: options.onMessage,
      clockLog: this.#clockLog,
    })
    const entries = options.keyEntries ?? []
    const { dtls } = this.#signalling
    this.#streamKeys = new StreamKeys(engine.streams, this.#binder, dtls, this.#keyring, entries, engine.oneShot)
    if (options.onEnded !== undefined && engine.oneShot) {
      this.#ended = new EndedCalls(engine, this.#signalling, this.#streamKeys, this.#keyring, options.onEnded)
    }
    this.#forgetting = new Forgetting({
      calls: this.#signalling.calls,
      exchanges: this.#exchanges,
      binder: this.#binder,
      keyring: this.#keyring,
      streams: engine.streams,
      anomalies: this.#anomalies,
      ended: this.#ended,
    })
  }

  /** Time of the last record so far, µs since 1970; 0 before the first. */
  get timeUs(): number {
    return this.#engine.timeUs
  }

  /** Calls that are kept. */
  get callsKept(): number {
    return this.#signalling.calls.size
  }

  /** Reads the trace to its end; `rest` as in Engine.firstPass. */
  async read(rest?: Rest): Promise<void> {
    await this.#engine.firstPass(this.#listener(), rest)
    this.#options.beforeEnd?.()
    try {
      this.#signalling.flush()
    } catch (cause) {
      this.#engine.breakOff(cause)
    }
  }

  /**
   * Reads a trace that is in parts: what has an order first, then every part's packets, when all keys are known. False
   * where the lean traces leave out what is asked for.
   */
  async readParts(parts: PartedTrace): Promise<boolean> {
    const { streams } = this.#engine
    await this.#engine.firstPass({ ...this.#listener(), slabEnd: () => this.#forgetting.evicted() })
    if (parts.isShort(streams)) return false
    this.#signalling.flush()
    this.#streamKeys.guess(0, streams.count)
    await parts.verify(streams, {
      masterOf: (key) => this.#keyring.get(key).master,
      areKnown: (stream) => this.#streamKeys.areKnownFor(stream),
    })
    return true
  }

  /** Which streams are the media of several calls in turn, once the trace was read; none where it cannot be read again. */
  findCuts(): FoundCuts {
    if (this.#engine.oneShot || this.#engine.breakage !== undefined) return NO_CUTS
    this.#cuts = cutsBetweenCalls(this.#engine.streams, this.#nextCalls())
    return this.#cuts
  }

  #nextCalls(): NextCalls {
    return new NextCalls(this.#binder, (callId, { timeUs }) => {
      const call = this.#signalling.calls.get(callId)
      if (call?.kind !== 'call') return 'ended'
      if (call.endUs !== undefined) return call.endUs <= timeUs ? 'ended' : 'none'
      return call.lastUs < timeUs ? 'unheard' : 'none'
    })
  }

  /** Overwrites the keys that were derived here, when no facts are asked for any more. */
  wipeKeys(): void {
    this.#keyring.wipe()
    this.secrets.wipe()
  }

  /** The facts of what was read so far and was not let go. While the trace goes on: between two slabs only. */
  async analysis(): Promise<Analysis> {
    const signalling = this.#signalling
    const anomalies = this.#anomalies.copy()
    const brokeOffAt = this.#engine.breakage?.heardUntil
    // Behind what was heard an answer may be.
    const heardUntilUs = this.#heardUntilUs()
    const facts = signalling.facts(brokeOffAt === undefined ? (capture) => heardUntilUs[capture] : undefined)
    anomalies.dropped({
      refusedRegistrations: facts.registrationsBeyond,
      unansweredPeers: facts.unansweredBeyond + facts.unacknowledgedBeyond + facts.unheardBeyond,
    })
    for (const reason of unusedSecrets(this.secrets)) anomalies.count('tls', reason, 0, 1)
    const tls = await tlsOf(signalling, this.#options.tlsTrust, anomalies)
    const heardCalls = signalling.calls.calls
    const nextCalls = this.#engine.oneShot ? this.#nextCalls() : undefined
    const judged = await judge(this.#engine, {
      streamKeys: this.#streamKeys,
      nextCalls,
      keyring: this.#keyring,
      exchanges: this.#exchanges.kept,
      calls: heardCalls,
    })
    const part =
      brokeOffAt === undefined ? undefined : heardPart(heardCalls, judged.streams, this.#engine.streams, brokeOffAt)
    const { calls, judgement } = part ?? { calls: heardCalls, judgement: judged.streams }
    const loosePackets = judged.loosePackets + (part?.packetsLeftOut ?? 0)
    noteEfforts(judgement, anomalies)
    const { notLookedAt } = nextCalls ?? this.#cuts
    anomalies.dropped({ looseStreamsToOnePort: judged.loosePackets, nextCalls: notLookedAt })
    this.#options.onJudged?.(judgement, this.#keyring)
    const captures = this.#inputs.length
    noteLimits({ engine: this.#engine, captures, signalling, keyring: this.#keyring, judgement }, anomalies)
    return analyse({
      inputs: this.#inputs,
      clocks: comparableWith(this.#inputs, this.clocks()),
      heardUntilUs,
      engine: this.#engine,
      calls,
      exchangesOf: (call) => signalling.offerAnswer.exchangesOf(call),
      ladders: this.#ladders,
      judgement,
      loosePackets,
      keyring: this.#keyring,
      anomalies,
      sipMessages: signalling.messages,
      clearSip: signalling.clearSip,
      certificateMismatches: certificateMismatches(signalling.dtls, this.#binder),
      tls,
      icmp: new IcmpErrors(signalling.icmpLog.list()),
      keysElsewhere: signalling.keysElsewhere.list(),
      signalling: facts,
    })
  }

  /** Of each capture; what is not read to its end goes on until now. */
  #heardUntilUs(): readonly number[] {
    const { facts, timeUs } = this.#engine
    const until = heardUntil(this.#inputs, facts)
    return this.#inputs.map((_, index) => until[index] ?? timeUs)
  }

  /** What is known of the captures' clocks, when all of them were read. */
  clocks(): readonly CaptureClock[] {
    const { facts } = this.#engine
    const differences = clockDifferences(this.#inputs, facts, this.#clockLog?.samples() ?? [])
    return clocksOf(this.#inputs, facts, differences)
  }

  /** SIP messages so far. */
  get sipMessages(): number {
    return this.#signalling.messages
  }

  /** What was counted while it was read: it takes no judgement. */
  get counted(): Pick<Analysis, 'captures' | 'frames' | 'sipMessages'> {
    return {
      captures: describeCaptures(this.#inputs, this.#engine.facts, this.#engine.control),
      frames: this.#engine.records,
      sipMessages: this.#signalling.messages,
    }
  }

  /**
   * Lets go of calls by Call-ID, and of the streams that `gone` names; those that `kept` names stay, and of all others
   * those that were heard since `quietUs`, µs. Between two slabs only. What still comes of a call that was let go is
   * counted, no more.
   */
  release(callIds: ReadonlySet<string>, gone: ReadonlySet<string>, kept: ReadonlySet<string>, quietUs: number): void {
    const { calls } = this.#signalling
    const { streams } = this.#engine
    const moved = this.#engine.release(stayingStreams(streams, gone, kept, quietUs))
    this.#streamsSeen = streams.count
    this.#streamKeys.release(callIds, moved)
    this.#forgetting.forget(callIds)
    calls.release(callIds, quietUs)
    for (const callId of callIds) this.#signalling.forget(callId)
  }

  #listener(): SignallingListener {
    return {
      ...this.#signalling.heard,
      slabEnd: (streams, timeUs) => {
        this.#streamKeys.guess(this.#streamsSeen, streams)
        this.#streamsSeen = streams
        this.#ended?.heard(timeUs)
        this.#forgetting.evicted()
      },
      committed: (slabs) => this.#ended?.committed(slabs),
    }
  }
}

/** What reads certificates is loaded only where there are handshakes: start-up is loading (docs/decisions/start-up.md). */
async function tlsOf(
  { tlsLog }: Signalling,
  trust: TlsTrust | undefined,
  anomalies: AnomalyLog,
): Promise<readonly AnalysedTls[]> {
  const { records } = tlsLog
  if (records.length === 0) return []
  const { analyseTls } = await import('../model/tls-analysis.ts')
  return analyseTls(records, trust, anomalies)
}
