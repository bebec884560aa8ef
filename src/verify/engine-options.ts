import type { CaptureInput } from '../capture/capture-input.ts'
import type { CaptureStream } from '../capture/capture-stream.ts'
import type { OnKeyLog } from '../capture/input-records.ts'
import type { PartSpill } from '../capture/part-spills.ts'
import type { StreamCut } from '../rtp/stream-cuts.ts'
import type { OnWalked } from './first-pass/slab-thread.ts'
import type { ResolveJob } from './second-pass/resolution.ts'

export interface EngineOptions {
  readonly inputs: readonly CaptureInput[]
  /** Threads that verify, the main thread included; 1 works without a pool. */
  readonly workers: number
  readonly slabBytes: number
  readonly maxMemoryBytes: number
  /** Steps of the streams are kept. */
  readonly timelines?: boolean
  /** Streams that are the media of several calls in turn, each told once. */
  readonly cuts?: readonly StreamCut[]
  /** What the first pass reads instead of the inputs: their records, in the same order. One thread reads it. */
  readonly records?: (onKeyLog: OnKeyLog) => Promise<CaptureStream>
  /** With one thread in the first pass. */
  readonly onWalked?: OnWalked
  /** Finds what the second pass has to meet again; else it reads the inputs a second time, or what they spilled. */
  readonly left?: (jobs: readonly ResolveJob[]) => Promise<readonly PartSpill[]>
  /** What was read is worth a report though the rest cannot be. */
  readonly salvage?: boolean
  /** Messages may be hashed nine at a time, where that is seen to pay: V8 is told for a moment, for the whole process (hash-nine.ts). */
  readonly hashNine?: boolean
  /** Called when the threads were started, before the first packet is read. */
  readonly onReading?: () => void
  /** Called before packets are met again. */
  readonly onRereading?: () => void
  /** Called now and then with the octets of the input that were walked. */
  readonly onProgress?: (bytesDone: number) => void
}

/** Octets that are read and walked at a time where nothing else is asked for: more is memory, less is handing over. */
export const SLAB_BYTES = 1 << 20

/** Threads of one scan at most, the main one included. */
export const MOST_WORKERS = 256

/** Octets of input below which a pool costs more than it saves: threads compile their own code and begin cold. */
export const POOL_PAYS_BYTES = 16 << 20

/** As many threads as have something to do in the first pass over these inputs. */
export function usefulThreads({ inputs, slabBytes, workers }: EngineOptions): number {
  const [{ compression, sizeBytes }] = inputs
  if (inputs.length > 1 || compression !== 'none' || sizeBytes === undefined) return workers
  return threadsForSlabs(sizeBytes, slabBytes, workers)
}

/** No more threads than there are slabs to take: a small file is read before a second thread has started. */
export function threadsForSlabs(sizeBytes: number, slabBytes: number, workers: number): number {
  return Math.max(1, Math.min(workers, Math.ceil(sizeBytes / slabBytes)))
}
