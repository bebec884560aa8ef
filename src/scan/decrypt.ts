import type { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CaptureInput } from '../capture/capture-input.ts'
import { openCaptureStream } from '../capture/capture-stream.ts'
import { resolveInputs } from '../capture/inputs.ts'
import { spoolInputs } from '../capture/spooled-inputs.ts'
import { createWalker, createWalkerState, MAX_CARRY_BYTES } from '../capture/walker.ts'
import { memoryBytes } from '../limits/limits.ts'
import type { Keyring } from '../media/keyring.ts'
import type { AnalysedCall, Analysis } from '../model/analysis.ts'
import { streamName } from '../model/streams.ts'
import { encryptionOnWire } from '../model/unencrypted.ts'
import { lossesOf } from '../report/capture-losses.ts'
import { clockText } from '../report/clock-text.ts'
import { payloadTypesOf } from '../rtp/payload-types.ts'
import type { StreamTable } from '../rtp/stream-table.ts'
import { isUnusedSecrets, type UnusedSecrets } from '../tls/unused-secrets.ts'
import { Engine } from '../verify/engine.ts'
import { SLAB_BYTES } from '../verify/engine-options.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import { PacketJudge } from '../verify/judgement/packet-judge.ts'
import { Rewalk } from '../verify/second-pass/rewalk.ts'
import { streamIndexOf } from '../verify/tasks.ts'
import { type Again, type Progress, readAgain } from './analyse-captures.ts'
import { senderOf } from './caller-side.ts'
import { ClearMessages } from './clear-messages.ts'
import { ClearPackets, type HeardStream } from './clear-packets.ts'
import { codecsOf } from './clear-rtp.ts'
import { type ClearSink, type ClearStream, ClearTrace } from './clear-trace.ts'
import { type DecryptCounts, noCounts } from './decrypt-counts.ts'
import { applyFilters, checkFilters, type Filters } from './filters.ts'
import { readKeyFiles, wipeEntries } from './key-files.ts'
import { readTlsSecrets, type TlsSecretFiles } from './tls-secrets.ts'
import type { TraceOptions } from './trace-options.ts'
import { TraceScan } from './trace-scan.ts'

export interface DecryptOptions extends TlsSecretFiles {
  readonly captures: readonly string[]
  readonly keyFiles?: readonly string[]
  readonly filters?: Filters
  readonly maxMemoryMb?: number
  readonly stdin?: Readable
  readonly sinks: readonly ClearSink[]
  /** Ends the work; what was handed on is then of no use. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** Called with a line for all that a directory or pattern has under the name of a capture and that is none. */
  readonly onLeftOut?: (reason: string) => void
}

export interface Decrypted extends DecryptCounts {
  /** What was given to read TLS with, and opened nothing of the captures. */
  readonly unusedSecrets: readonly UnusedSecrets[]
  /** Calls and streams that the filters have kept. */
  readonly kept: number
  /** The captures by their names. */
  readonly captures: readonly string[]
  /** What of a capture could not be read, or was cut, in words that name it. */
  readonly losses: readonly string[]
  /** Captures of which the times were set right, in words that name them. */
  readonly clocks: readonly string[]
}

/** Everything that a second look at the trace needs of the first. */
interface JudgedTrace {
  readonly engine: Engine
  readonly messages: ClearMessages
  /** What the filters keep of it. */
  readonly analysis: Analysis
  readonly judgement: readonly JudgedStream[]
  readonly keyring: Keyring
}

/**
 * Reads captures as one trace, judges them as a scan does, and hands on in the clear what verified, what was plain
 * already, and SIP without its keys. What is left out is counted.
 *
 * @throws CaptureError, KeysError, TlsSecretsError, UsageError before anything is handed on
 */
export async function decryptCaptures(options: DecryptOptions): Promise<Decrypted> {
  checkFilters(options.filters ?? {})
  const keyEntries = await readKeyFiles(options.keyFiles ?? [])
  const tlsSecrets = await readTlsSecrets(options)
  const found = await resolveInputs(options.captures, options.stdin ?? process.stdin)
  for (const { reason } of found.ignored) options.onLeftOut?.(reason)
  const { inputs, remove } = await spoolInputs(found.inputs, options.signal)
  try {
    return await decryptInputs(inputs, { keyEntries, tlsSecrets }, options)
  } finally {
    wipeEntries(keyEntries)
    tlsSecrets.keyLog.wipe()
    remove()
  }
}

/** Once more where a scan reads a trace once more. */
async function decryptInputs(
  inputs: readonly CaptureInput[],
  given: Required<Pick<TraceOptions, 'keyEntries' | 'tlsSecrets'>> & Pick<TraceOptions, 'cuts'>,
  options: DecryptOptions,
): Promise<Decrypted> {
  const { filters = {}, signal } = options
  const progress = progressOf(inputs, options)
  const maxMemoryBytes = memoryBytes(options.maxMemoryMb)
  const engine = new Engine({
    inputs,
    cuts: given.cuts?.streams ?? [],
    workers: 1,
    slabBytes: SLAB_BYTES,
    maxMemoryBytes,
    onProgress: progress.first,
  })
  const messages = new ClearMessages(filters)
  const judged: Pick<JudgedTrace, 'judgement' | 'keyring'>[] = []
  const trace = new TraceScan(engine, inputs, {
    ...given,
    onMessage: messages.take,
    onJudged: (judgement, keyring) => void judged.push({ judgement, keyring }),
  })
  let again: Again | undefined
  try {
    await trace.read()
    signal?.throwIfAborted()
    again = readAgain(inputs, trace, given.cuts)
    if (again === undefined) {
      const analysis = applyFilters(await trace.analysis(), filters)
      return await handOn(inputs, { engine, messages, analysis, ...judged[0] }, options, progress.second)
    }
  } finally {
    messages.close()
    await engine.close()
    trace.wipeKeys()
  }
  return decryptInputs(again.inputs, { ...given, ...again }, options)
}

/** Reads a judged trace once more, and hands on in the clear what the filters keep of it. */
async function handOn(
  inputs: readonly CaptureInput[],
  { engine, messages, analysis, judgement, keyring }: JudgedTrace,
  options: DecryptOptions,
  onProgress: (bytesDone: number) => void,
): Promise<Decrypted> {
  const { sinks } = options
  const nameOf = ({ plan }: JudgedStream) => streamName(engine.streams, plan.stream.id)
  const kept = new Set(analysis.streams.map(({ report }) => report.id))
  const wanted = judgement.filter((stream) => kept.has(nameOf(stream)))
  const calls = new Map<string, AnalysedCall>()
  for (const call of analysis.calls) calls.set(call.callId, call)
  const heardStreamOf = (stream: JudgedStream): HeardStream => {
    const { binding } = stream.plan.keying
    const sender = binding && senderOf(binding, calls.get(binding.callId))
    return { streamId: nameOf(stream), callId: binding?.callId, sender, mediaIndex: binding?.lines.at(-1)?.index }
  }
  const counts = noCounts()
  const clear = new ClearTrace(
    messages.read(new Set(calls.keys())),
    new PacketJudge(streamIndexOf(engine.shared, 0), engine.streams, (key) => engine.keys.authenticator(key), wanted),
    new ClearPackets(keyring, counts, heardStreamOf, (stream) => encryptionOnWire(stream, engine.streams, keyring)),
    counts,
    sinks,
  )
  const streams = wanted.flatMap((stream) => clearStream(stream, heardStreamOf(stream), engine.streams))
  for (const sink of sinks) sink.onBegin?.(streams)
  await meetAgain(inputs, clear, engine.records, options, onProgress)
  counts.messagesLeftOut += messages.leftOut
  return {
    ...counts,
    unusedSecrets: analysis.anomalies.map(({ reason }) => reason).filter(isUnusedSecrets),
    kept: calls.size + analysis.streams.length,
    captures: inputs.map(({ path }) => path),
    losses: analysis.captures.flatMap((capture) =>
      lossesOf(capture)
        .filter(({ kind }) => kind === 'lost' || kind === 'truncated')
        .map(({ text }) => `${capture.path}: ${text}`),
    ),
    clocks: analysis.captures.flatMap(({ path, clock }) =>
      clock === undefined ? [] : [`${path}: ${clockText(clock, analysis.captures)}`],
    ),
  }
}

function clearStream(judged: JudgedStream, heard: HeardStream, table: StreamTable): ClearStream[] {
  const { stream } = judged.plan
  if (stream.kind === 'rtcp') return []
  const known = codecsOf(judged)
  const codecs = payloadTypesOf(table, stream.id).flatMap((type) => known.get(type) ?? [])
  return [{ ...heard, codecs }]
}

/** The trace is read twice: each pass is one half. */
function progressOf(inputs: readonly CaptureInput[], { onProgress: tell, signal }: DecryptOptions) {
  const [{ isPlainFile, sizeBytes }] = inputs
  const half = inputs.length === 1 && isPlainFile ? sizeBytes : undefined
  const total = half === undefined ? {} : { bytesTotal: 2 * half }
  return {
    first: (bytesDone: number) => {
      signal?.throwIfAborted()
      tell?.({ bytesDone, ...total })
    },
    second: (bytesDone: number) => tell?.({ bytesDone: (half ?? 0) + bytesDone, ...total }),
  }
}

/** Walks the inputs once more: those `records` that were judged, though a file may have grown since. */
async function meetAgain(
  inputs: readonly CaptureInput[],
  clear: ClearTrace,
  records: number,
  { sinks, signal }: DecryptOptions,
  progress: (bytesDone: number) => void,
): Promise<void> {
  const walk = new Rewalk(new Uint8Array(MAX_CARRY_BYTES + SLAB_BYTES))
  const stream = await openCaptureStream(inputs)
  try {
    const walker = createWalker(stream.format, createWalkerState())
    const onRecord: Parameters<Rewalk['slab']>[4] = (position, cursor) => clear.record(walk, position, cursor)
    for (let more = true, done = 0; more; ) {
      const filled = await stream.fill(walk.target)
      more = walk.slab(walker, filled, 0, records - 1, onRecord)
      done += filled
      progress(done)
      await nextTurn()
      for (const sink of sinks) await sink.room?.()
      signal?.throwIfAborted()
    }
    clear.end()
  } finally {
    stream.close()
  }
}
