import type { CaptureInput } from '../capture/capture-input.ts'
import { ceilingOf } from '../limits/limits.ts'
import { Binder } from '../media/binder.ts'
import { certificateMismatches } from '../media/certificate-mismatches.ts'
import { Keyring } from '../media/keyring.ts'
import { flowOf } from '../media/observed-stream.ts'
import { StreamKeys } from '../media/stream-keys.ts'
import { analyse } from '../model/analyse.ts'
import type { Analysis } from '../model/analysis.ts'
import { AnomalyLog } from '../model/anomaly-log.ts'
import { describeCaptures } from '../model/captures.ts'
import { streamName } from '../model/streams.ts'
import type { TlsTrust } from '../model/tls-analysis.ts'
import type { AnalysedTls } from '../model/tls-facts.ts'
import { MediaKind } from '../rtp/media-kind.ts'
import { F, I } from '../rtp/stream-table.ts'
import type { Described, Exchange, ExchangeListener } from '../sdp/exchange.ts'
import { Ladders } from '../sip/ladders.ts'
import type { KeyEntry } from '../srtp/keys-file.ts'
import { KeyLog } from '../tls/key-log.ts'
import { SessionSecrets, type TlsSecrets } from '../tls/session-secrets.ts'
import type { Engine } from '../verify/engine.ts'
import { type JudgedStream, judge } from '../verify/judge.ts'
import type { PartedTrace } from '../verify/parts/parted-trace.ts'
import type { Rest, SignallingListener } from '../verify/pump.ts'
import { EndedCalls, type EndedObject } from './ended-calls.ts'
import { noteEfforts, noteLimits } from './reached-limits.ts'
import { type OnMessage, Signalling } from './signalling.ts'

/** What a trace is read with, beside its octets. */
export interface TraceOptions {
  readonly keyEntries?: readonly KeyEntry[]
  /** What opens TLS; without it TLS is not read. */
  readonly tlsSecrets?: TlsSecrets
  /** What certificates are checked against, beside the public roots. */
  readonly tlsTrust?: TlsTrust
  /** Called when the last octet was read: what belongs to the trace and comes from elsewhere is heard before its end. */
  readonly beforeEnd?: () => void
  /** The report has the messages of every call. */
  readonly ladders?: boolean
  /** The report has the session descriptions of every call, line by line. */
  readonly descriptions?: boolean
  /** The report has what happened to each stream when. */
  readonly timelines?: boolean
  /** Called with the octets of every SIP message, as it is heard. */
  readonly onMessage?: OnMessage
  /** Called with what the analysis is made of: every stream with its verdict, and the keys by their numbers. */
  readonly onJudged?: (judgement: readonly JudgedStream[], keyring: Keyring) => void
  /** From a pipe: called with calls and streams as they end, while the trace goes on. From files all come with the report. */
  readonly onEnded?: (object: EndedObject) => void
}

/** The share of a table that is freed at once where it is full: looking for what may go takes as long as it is. */
const SPARE = 1 / 8

/** Anomaly: a key log was given, and none of its secrets is of a connection in the trace. */
export const KEY_LOG_MATCHES_NOTHING = 'key-log-matches-nothing'

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
  readonly #signalling: Signalling
  readonly #streamKeys: StreamKeys
  readonly #ended: EndedCalls | undefined
  readonly #ladders: Ladders | undefined
  #exchanges: Exchange[] = []
  /** Streams that were there at the end of the slab before. */
  #streamsSeen = 0

  constructor(engine: Engine, inputs: readonly CaptureInput[], options: TraceOptions) {
    this.#engine = engine
    this.#inputs = inputs
    this.#options = options
    this.#ladders = options.ladders === true ? new Ladders(this.#anomalies.reached) : undefined
    this.#keyring = new Keyring(
      engine.keyCapacity,
      (number, keys) => engine.keys.put(number, keys),
      (number) => engine.keys.erase(number),
    )
    this.secrets = new SessionSecrets(
      options.tlsSecrets ?? { keyLog: new KeyLog(), privateKeys: [] },
      engine.maxMemoryBytes,
    )
    this.#signalling = new Signalling(
      this.#anomalies,
      this.#offersAndAnswers(),
      this.secrets,
      (call) => this.#ended?.ended(call),
      ({ client, server, at }) => this.#streamKeys.keyed(client, server, at.position),
      { ladders: this.#ladders, descriptions: options.descriptions, onMessage: options.onMessage },
      engine.maxMemoryBytes,
    )
    const entries = options.keyEntries ?? []
    const { dtls } = this.#signalling
    this.#streamKeys = new StreamKeys(engine.streams, this.#binder, dtls, this.#keyring, entries, engine.oneShot)
    if (options.onEnded !== undefined && engine.oneShot) {
      this.#ended = new EndedCalls(engine, this.#signalling, this.#streamKeys, this.#keyring, options.onEnded)
    }
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
    this.#signalling.flush()
  }

  /**
   * Reads a trace that is in parts: what has an order first, then every part's packets, when all keys are known. False
   * where the lean traces leave out what is asked for.
   */
  async readParts(parts: PartedTrace): Promise<boolean> {
    const { streams } = this.#engine
    await this.#engine.firstPass({ ...this.#listener(), slabEnd: () => this.#forgetEvicted() })
    if (parts.isShort(streams)) return false
    this.#signalling.flush()
    this.#streamKeys.guess(0, streams.count)
    await parts.verify(streams, {
      masterOf: (key) => this.#keyring.get(key).master,
      areKnown: (stream) => this.#streamKeys.areKnownFor(stream),
    })
    return true
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
    const facts = signalling.facts
    anomalies.count('sip', 'refused-registrations-not-kept', 0, facts.registrationsBeyond)
    if (this.secrets.keyLog.matchesNothing) anomalies.count('tls', KEY_LOG_MATCHES_NOTHING, 0, 1)
    const tls = await tlsOf(signalling, this.#options.tlsTrust, anomalies)
    const { calls } = signalling.calls
    const { streams: judgement, loosePackets } = await judge(
      this.#engine,
      this.#streamKeys,
      this.#keyring,
      this.#exchanges,
      calls,
    )
    noteEfforts(judgement, anomalies)
    anomalies.dropped({ looseStreamsToOnePort: loosePackets })
    this.#options.onJudged?.(judgement, this.#keyring)
    const captures = this.#inputs.length
    noteLimits({ engine: this.#engine, captures, signalling, keyring: this.#keyring, judgement }, anomalies)
    return analyse({
      inputs: this.#inputs,
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
      signalling: facts,
    })
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
    const moved = this.#engine.release(this.#staying(gone, kept, quietUs))
    const used = this.#keysInUse()
    this.#streamsSeen = streams.count
    this.#streamKeys.release(callIds, moved)
    this.#binder.release(callIds)
    this.#keyring.release(callIds, (key) => used.has(key))
    this.#ended?.release(callIds)
    calls.release(callIds, quietUs)
    for (const callId of callIds) this.#signalling.forget(callId)
    this.#exchanges = this.#exchanges.filter(({ callId }) => !callIds.has(callId))
  }

  /** Offers and answers of Call-IDs that were given up are kept as long as there is room for them. */
  #forgetEvicted(): void {
    const most = ceilingOf('exchanges', this.#engine.maxMemoryBytes)
    if (this.#exchanges.length <= most) return
    const { calls } = this.#signalling
    const gone = new Set<string>()
    let rest = this.#exchanges.length - most * (1 - SPARE)
    for (const { callId } of this.#exchanges) {
      if (rest <= 0) break
      if (calls.get(callId) !== undefined) continue
      gone.add(callId)
      rest--
    }
    if (gone.size === 0) return
    const used = this.#keysInUse()
    this.#binder.release(gone)
    this.#keyring.release(gone, (key) => used.has(key))
    this.#ended?.release(gone)
    const kept = this.#exchanges.filter(({ callId }) => !gone.has(callId))
    this.#anomalies.dropped({ exchanges: this.#exchanges.length - kept.length })
    this.#exchanges = kept
  }

  /** Keys that a stream was begun under. */
  #keysInUse(): ReadonlySet<number> {
    const { streams } = this.#engine
    const used = new Set<number>()
    for (let id = 0; id < streams.count; id++) used.add(streams.ints[streams.intsAt(id) + I.Key])
    return used
  }

  /** Which streams stay; flows that are no media (STUN, DTLS, ZRTP) as long as media between their ends does. */
  #staying(gone: ReadonlySet<string>, kept: ReadonlySet<string>, quietUs: number): (id: number) => boolean {
    const { streams } = this.#engine
    const goOn = new Set<string>()
    for (let id = 0; id < streams.count; id++) {
      if (!kept.has(streamName(streams, id))) continue
      const { source, destination } = flowOf(streams, id)
      goOn.add(`${source} ${destination}`).add(`${destination} ${source}`)
    }
    return (id) => {
      const name = streamName(streams, id)
      if (gone.has(name)) return false
      if (kept.has(name) || streams.floats[streams.floatsAt(id) + F.LastTimeUs] >= quietUs) return true
      const kind = streams.ints[streams.intsAt(id) + I.Kind]
      if (kind === MediaKind.Rtp || kind === MediaKind.Rtcp) return false
      const { source, destination } = flowOf(streams, id)
      return goOn.has(`${source} ${destination}`)
    }
  }

  #listener(): SignallingListener {
    const signalling = this.#signalling
    return {
      datagram: (record) => signalling.datagram(record),
      segment: (record) => signalling.segment(record),
      message: (record) => signalling.extracted(record),
      dtls: (record) => signalling.dtlsDatagram(record),
      keyLog: (text, left) => this.secrets.keyLog.addPart(text, left),
      slabEnd: (streams, timeUs) => {
        this.#streamKeys.guess(this.#streamsSeen, streams)
        this.#streamsSeen = streams
        this.#ended?.heard(timeUs)
        this.#forgetEvicted()
      },
      committed: (slabs) => this.#ended?.committed(slabs),
    }
  }

  #offersAndAnswers(): ExchangeListener {
    const anomalies = this.#anomalies
    const changed = (exchange: Exchange, position: number): void => {
      this.#binder.add(exchange)
      this.#streamKeys.changed(exchange.callId, position)
    }
    const noteAnomalies = ({ description, at }: Described): void => {
      for (const { reason } of description.anomalies) anomalies.note('sdp', reason, at)
    }
    return {
      onOffer: (exchange) => {
        this.#exchanges.push(exchange)
        if (exchange.forkOf === undefined) noteAnomalies(exchange.offer)
        changed(exchange, exchange.offer.at.position)
      },
      onAnswer: (exchange, answer) => {
        noteAnomalies(answer)
        changed(exchange, answer.at.position)
      },
      onRefused: (exchange) => changed(exchange, exchange.refusedAt?.position ?? exchange.offer.at.position),
      onAnomaly: ({ reason, at }) => anomalies.note('sdp', reason, at),
      onLimit: anomalies.reached,
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
