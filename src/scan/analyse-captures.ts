import { availableParallelism } from 'node:os'
import type { Readable } from 'node:stream'
import type { CaptureInput } from '../capture/capture-input.ts'
import { setRight } from '../capture/clocks.ts'
import { resolveInputs } from '../capture/inputs.ts'
import { memoryBytes } from '../limits/limits.ts'
import type { Analysis } from '../model/analysis.ts'
import type { FoundCuts } from '../rtp/stream-cuts.ts'
import { Engine } from '../verify/engine.ts'
import { POOL_PAYS_BYTES, SLAB_BYTES } from '../verify/engine-options.ts'
import type { Rest } from '../verify/first-pass/slab-source.ts'
import { mayHashNine } from '../verify/hash-nine.ts'
import { ThreadError } from '../verify/thread-pool.ts'
import { BrokenOffError } from './broken-off.ts'
import type { TraceOptions } from './trace-options.ts'
import { TraceScan } from './trace-scan.ts'

export interface AnalyseOptions extends TraceOptions {
  /** Files, directories, patterns, or `-`; several are one trace in time order. */
  readonly captures: readonly string[]
  /** Where a capture lies that is named otherwise; the report calls it by its name. */
  readonly placeOf?: (capture: string) => string
  /** Threads that verify, the main thread included. Default: one for small files, otherwise what the machine has. */
  readonly workers?: number
  readonly slabBytes?: number
  /** Ceiling for state, MB of 2^20 octets. */
  readonly maxMemoryMb?: number
  readonly stdin?: Readable
  /** V8 may be told how to compile what hashes, where there is much of it: for a moment it holds for the whole process. */
  readonly tellsV8?: boolean
  /** Called with a line for all that a directory or pattern has under the name of a capture and that is none. */
  readonly onLeftOut?: (reason: string) => void
  /** Called when the threads were started, before the first packet is read. */
  readonly onReading?: () => void
  /** Called before packets are met again. */
  readonly onRereading?: () => void
  readonly onProgress?: (progress: Progress) => void
  /**
   * Called where a trace was not read to its end, or not all judged, and the report is of what was. Without it the scan
   * throws, and all is lost.
   */
  readonly onBrokenOff?: (error: BrokenOffError) => void
  /** From a pipe: what is done now and then while it goes on. */
  readonly restOf?: (trace: TraceScan, engine: Engine) => Promise<Rest>
}

export interface Progress {
  readonly bytesDone: number
  /** Absent for pipes and for compressed or merged inputs. */
  readonly bytesTotal?: number
  /** What was found so far; absent where a trace is read in parts. */
  readonly sipMessages?: number
  readonly streams?: number
}

function usualWorkers(inputs: readonly CaptureInput[]): number {
  return isLarge(inputs) ? availableParallelism() : 1
}

function isLarge(inputs: readonly CaptureInput[]): boolean {
  const bytes = inputs.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? Number.POSITIVE_INFINITY), 0)
  return bytes >= POOL_PAYS_BYTES
}

/**
 * Reads the captures and verifies what can be verified: the facts, before any judgement. Where a thread of the pool
 * dies the work is done again by the main thread alone, if the input can be read again. So it is where the captures' clocks
 * turn out to be apart, with all of them set right: the order of a trace is what everything else goes by. And where what
 * looks like one stream is the media of several calls in turn, once it is known where each begins.
 */
export async function analyseCaptures(options: AnalyseOptions): Promise<Analysis> {
  const { inputs, ignored } = await resolveInputs(options.captures, options.stdin ?? process.stdin, options.placeOf)
  for (const { reason } of ignored) options.onLeftOut?.(reason)
  const workers = options.workers ?? usualWorkers(inputs)
  try {
    return await analyseInputs(inputs, workers, options)
  } catch (error) {
    if (!(error instanceof ThreadError) || inputs.some(({ reopenable }) => !reopenable)) throw error
    return analyseInputs(inputs, 1, options)
  }
}

/** The same of inputs that were found. */
export async function analyseInputs(
  inputs: readonly CaptureInput[],
  workers: number,
  options: AnalyseOptions,
): Promise<Analysis> {
  const bytesTotal = plainFileSize(inputs)
  let again: Again | undefined
  const engine: Engine = new Engine({
    inputs,
    cuts: options.cuts?.streams ?? [],
    workers,
    slabBytes: options.slabBytes ?? SLAB_BYTES,
    maxMemoryBytes: memoryBytes(options.maxMemoryMb),
    timelines: options.timelines === true,
    salvage: options.onBrokenOff !== undefined,
    hashNine: options.tellsV8 === true && isLarge(inputs) && mayHashNine(),
    ...(options.onReading !== undefined && { onReading: options.onReading }),
    ...(options.onRereading !== undefined && { onRereading: options.onRereading }),
    onProgress: (bytesDone) => {
      const found = { sipMessages: trace.sipMessages, streams: engine.streams.count }
      options.onProgress?.({ bytesDone, ...(bytesTotal !== undefined && { bytesTotal }), ...found })
    },
  })
  const trace: TraceScan = new TraceScan(engine, inputs, options)
  try {
    await trace.read(engine.oneShot ? await options.restOf?.(trace, engine) : undefined)
    again = readAgain(inputs, trace, options.cuts)
    if (again === undefined) {
      const analysis = await trace.analysis()
      if (engine.breakage !== undefined) options.onBrokenOff?.(new BrokenOffError(engine.breakage.cause))
      return analysis
    }
  } finally {
    await engine.close()
    trace.wipeKeys()
  }
  return analyseInputs(again.inputs, workers, { ...options, ...again })
}

/** With what a trace is read once more. */
export interface Again {
  readonly inputs: readonly CaptureInput[]
  readonly cuts?: FoundCuts
}

/**
 * What is known after a trace was read that asks for it to be read once more; undefined where nothing does.
 *
 * @param cuts what it was read with
 */
export function readAgain(inputs: readonly CaptureInput[], trace: TraceScan, cuts?: FoundCuts): Again | undefined {
  if (cuts !== undefined) return undefined
  const inTime = inputs.length > 1 ? setRight(inputs, trace.clocks()) : undefined
  if (inTime !== undefined) return { inputs: inTime }
  const found = trace.findCuts()
  return found.streams.length > 0 ? { inputs, cuts: found } : undefined
}

function plainFileSize(inputs: readonly CaptureInput[]): number | undefined {
  return inputs.length === 1 && inputs[0].compression === 'none' ? inputs[0].sizeBytes : undefined
}
