import { availableParallelism } from 'node:os'
import type { Readable } from 'node:stream'
import type { CaptureInput } from '../capture/capture-input.ts'
import { resolveInputs } from '../capture/inputs.ts'
import { Binder } from '../media/binder.ts'
import { certificateMismatches } from '../media/certificate-mismatches.ts'
import { Keyring } from '../media/keyring.ts'
import { StreamKeys } from '../media/stream-keys.ts'
import { analyse } from '../model/analyse.ts'
import type { Analysis } from '../model/analysis.ts'
import { AnomalyLog } from '../model/anomaly-log.ts'
import type { TlsTrust } from '../model/tls-analysis.ts'
import type { AnalysedTls } from '../model/tls-facts.ts'
import type { Described, Exchange, ExchangeListener } from '../sdp/exchange.ts'
import type { KeyEntry } from '../srtp/keys-file.ts'
import { KeyLog } from '../tls/key-log.ts'
import { SessionSecrets, type TlsSecrets } from '../tls/session-secrets.ts'
import { Engine, ThreadError } from '../verify/engine.ts'
import { judge } from '../verify/judge.ts'
import { EndedCalls, type EndedObject } from './ended-calls.ts'
import { Signalling } from './signalling.ts'

export interface AnalyseOptions {
  /** Files, directories, patterns, or `-`; several are one trace in time order. */
  readonly captures: readonly string[]
  readonly keyEntries?: readonly KeyEntry[]
  /** What opens TLS; without it TLS is not read. */
  readonly tlsSecrets?: TlsSecrets
  /** What certificates are checked against, beside the public roots. */
  readonly tlsTrust?: TlsTrust
  /** Threads that verify, the main thread included. Default: one for small files, otherwise what the machine has. */
  readonly workers?: number
  readonly slabBytes?: number
  /** Ceiling for state, MB of 2^20 octets. */
  readonly maxMemoryMb?: number
  readonly stdin?: Readable
  readonly onProgress?: (progress: Progress) => void
  /** From a pipe: called with calls and streams as they end, while the trace goes on. From files all come with the report. */
  readonly onEnded?: (object: EndedObject) => void
}

export interface Progress {
  readonly bytesDone: number
  /** Absent for pipes and for compressed or merged inputs. */
  readonly bytesTotal?: number
}

/** Anomaly: a key log was given, and none of its secrets is of a connection in the trace. */
export const KEY_LOG_MATCHES_NOTHING = 'key-log-matches-nothing'

export const SLAB_BYTES = 2 << 20
export const MAX_MEMORY_MB = 1024
export const MIB = 1 << 20

/** Below this a pool costs more than it saves: threads compile their own code and begin cold. */
const POOL_PAYS_BYTES = 16 * MIB

function usualWorkers(inputs: readonly CaptureInput[]): number {
  const bytes = inputs.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? Number.POSITIVE_INFINITY), 0)
  return bytes < POOL_PAYS_BYTES ? 1 : availableParallelism()
}

/**
 * Reads the captures and verifies what can be verified: the facts, before any judgement. Where a thread of the pool
 * dies the work is done again by the main thread alone, if the input can be read again.
 */
export async function analyseCaptures(options: AnalyseOptions): Promise<Analysis> {
  const { inputs } = await resolveInputs(options.captures, options.stdin ?? process.stdin)
  const workers = options.workers ?? usualWorkers(inputs)
  try {
    return await analyseInputs(inputs, workers, options)
  } catch (error) {
    if (!(error instanceof ThreadError) || inputs.some(({ reopenable }) => !reopenable)) throw error
    return analyseInputs(inputs, 1, options)
  }
}

async function analyseInputs(
  inputs: readonly CaptureInput[],
  workers: number,
  options: AnalyseOptions,
): Promise<Analysis> {
  const bytesTotal = plainFileSize(inputs)
  const engine = new Engine({
    inputs,
    workers,
    slabBytes: options.slabBytes ?? SLAB_BYTES,
    maxMemoryBytes: (options.maxMemoryMb ?? MAX_MEMORY_MB) * MIB,
    onProgress: (bytesDone) => options.onProgress?.({ bytesDone, ...(bytesTotal !== undefined && { bytesTotal }) }),
  })
  try {
    return await analyseWith(engine, inputs, options)
  } finally {
    await engine.close()
  }
}

async function analyseWith(
  engine: Engine,
  inputs: readonly CaptureInput[],
  options: AnalyseOptions,
): Promise<Analysis> {
  const entries = options.keyEntries ?? []
  const anomalies = new AnomalyLog()
  const binder = new Binder()
  const keyring = new Keyring(engine.keyCapacity, (number, keys) => engine.keys.put(number, keys))
  const secrets = new SessionSecrets(options.tlsSecrets ?? { keyLog: new KeyLog(), privateKeys: [] })
  const exchanges: Exchange[] = []
  const changed = (exchange: Exchange, position: number): void => {
    binder.add(exchange)
    streamKeys.changed(exchange.callId, position)
  }
  const noteAnomalies = ({ description, at }: Described): void => {
    for (const { reason } of description.anomalies) anomalies.note('sdp', reason, at)
  }
  const listener: ExchangeListener = {
    onOffer: (exchange) => {
      exchanges.push(exchange)
      if (exchange.forkOf === undefined) noteAnomalies(exchange.offer)
      changed(exchange, exchange.offer.at.position)
    },
    onAnswer: (exchange, answer) => {
      noteAnomalies(answer)
      changed(exchange, answer.at.position)
    },
    onRefused: (exchange) => changed(exchange, exchange.refusedAt?.position ?? exchange.offer.at.position),
    onAnomaly: ({ reason, at }) => anomalies.note('sdp', reason, at),
  }
  const signalling = new Signalling(
    anomalies,
    listener,
    secrets,
    (call) => ended?.ended(call),
    ({ client, server, at }) => streamKeys.keyed(client, server, at.position),
  )
  const streamKeys = new StreamKeys(engine.streams, binder, signalling.dtls, keyring, entries, engine.oneShot)
  const ended =
    options.onEnded === undefined || !engine.oneShot
      ? undefined
      : new EndedCalls(engine, signalling, streamKeys, keyring, options.onEnded)
  let streamsSeen = 0
  await engine.firstPass({
    datagram: (record) => signalling.datagram(record),
    segment: (record) => signalling.segment(record),
    dtls: (record) => signalling.dtlsDatagram(record),
    keyLog: (text, left) => secrets.keyLog.addPart(text, left),
    slabEnd: (streams, timeUs) => {
      streamKeys.guess(streamsSeen, streams)
      streamsSeen = streams
      ended?.heard(timeUs)
    },
    committed: (slabs) => ended?.committed(slabs),
  })
  signalling.flush()
  noteLimits(engine, signalling, keyring, anomalies)
  if (secrets.keyLog.matchesNothing) anomalies.count('tls', KEY_LOG_MATCHES_NOTHING, 0, 1)
  const tls = await tlsOf(signalling, options.tlsTrust, anomalies)
  const judgement = await judge(engine, streamKeys, keyring, exchanges, signalling.calls.calls)
  return analyse({
    inputs,
    engine,
    calls: signalling.calls.calls,
    exchangesOf: (callId) => signalling.offerAnswer.exchangesOf(callId),
    judgement,
    keyring,
    anomalies,
    sipMessages: signalling.messages,
    clearSip: signalling.clearSip,
    tlsConnections: signalling.tlsConnections,
    certificateMismatches: certificateMismatches(signalling.dtls, binder),
    tls,
    signalling: signalling.facts,
  })
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

function plainFileSize(inputs: readonly CaptureInput[]): number | undefined {
  return inputs.length === 1 && inputs[0].compression === 'none' ? inputs[0].sizeBytes : undefined
}

/** What could not be taken in, by name: nothing is left out in silence. */
function noteLimits(engine: Engine, signalling: Signalling, keyring: Keyring, anomalies: AnomalyLog): void {
  const fragments = engine.fragmentFacts
  const tcp = signalling.tcp.facts
  const counts: readonly (readonly [layer: Parameters<AnomalyLog['count']>[0], reason: string, count: number])[] = [
    ['net', 'fragments-incomplete', fragments.expired + fragments.evicted + fragments.pending],
    ['net', 'fragments-malformed', fragments.malformed],
    ['net', 'tcp-gaps', tcp.gaps],
    ['net', 'tcp-connections-evicted', tcp.evicted],
    ['tls', 'dtls-handshakes-evicted', signalling.dtls.facts.evicted],
    ['tls', 'dtls-associations-beyond-the-table', signalling.dtls.facts.refused],
    ['sip', 'calls-evicted', signalling.calls.evicted],
    ['sip', 'messages-without-call-id', signalling.calls.withoutCallId],
    ['rtp', 'packets-beyond-the-stream-table', engine.streams.refused],
    ['tls', 'connections-beyond-those-judged', signalling.tlsLog.beyond],
    ['tls', 'certificates-beyond-those-kept', signalling.tlsLog.unkept],
    ['srtp', 'keys-beyond-the-key-table', keyring.refused],
    ['media', 'packets-beyond-the-spill-limit', engine.spillRefused],
  ]
  for (const [layer, reason, count] of counts) anomalies.count(layer, reason, 0, count)
}
