import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { CaptureInput } from '../capture/capture-input.ts'
import { makeScratchFolder, removeScratchFolder } from '../capture/scratch-file.ts'
import type { Analysis } from '../model/analysis.ts'
import { Engine } from '../verify/engine.ts'
import type { PartLimits } from '../verify/parts/lean-part.ts'
import { PartPool } from '../verify/parts/part-pool.ts'
import { PartedTrace, type PartRunner } from '../verify/parts/parted-trace.ts'
import { MAX_MEMORY_MB, MIB, SLAB_BYTES } from './analyse-captures.ts'
import { type TraceOptions, TraceScan } from './trace-scan.ts'

export interface PartsOptions extends TraceOptions {
  /** Where what the jobs of parts hand on lies while the trace is read; it is removed in the end. */
  readonly folder: string
  /** Parts that are read at a time, here. Default: what the machine has. */
  readonly workers?: number
  readonly slabBytes?: number
  /** Ceiling for state, MB of 2^20 octets: half of it for the trace, the rest for the jobs. */
  readonly maxMemoryMb?: number
  /** Does the jobs of parts; default: threads of this process. */
  readonly run?: PartRunner
}

/**
 * Reads several captures as one trace by a job for each (docs/decisions/as-one.md): the same facts as analyseCaptures.
 *
 * @param inputs regular files
 */
export async function analyseParts(inputs: readonly CaptureInput[], options: PartsOptions): Promise<Analysis> {
  const { workers = availableParallelism(), slabBytes = SLAB_BYTES, maxMemoryMb = MAX_MEMORY_MB } = options
  const atOnce = Math.min(workers, inputs.length)
  const limits: PartLimits = { slabBytes, maxMemoryBytes: (maxMemoryMb * MIB) / 2 / atOnce }
  const folder = join(options.folder, randomUUID())
  makeScratchFolder(folder)
  const pool = options.run === undefined ? new PartPool(atOnce) : undefined
  try {
    const run = options.run ?? ((tasks) => (pool as PartPool).run(tasks))
    const parts = new PartedTrace({ inputs, folder, limits, run })
    await parts.extract()
    const read = () => analyseOnce(inputs, parts, { ...options, workers, slabBytes, maxMemoryMb })
    const analysis = await read()
    if (analysis !== undefined) return analysis
    await parts.extract(true)
    return (await read()) as Analysis
  } finally {
    await pool?.close()
    removeScratchFolder(folder)
  }
}

/** Undefined where the lean traces leave out what is asked for. */
async function analyseOnce(
  inputs: readonly CaptureInput[],
  parts: PartedTrace,
  options: PartsOptions & Required<Pick<PartsOptions, 'workers' | 'slabBytes' | 'maxMemoryMb'>>,
): Promise<Analysis | undefined> {
  const { workers, slabBytes, maxMemoryMb } = options
  const inOrder = parts.inOrder(() => engine.streams)
  const engine: Engine = new Engine({ inputs, workers, slabBytes, maxMemoryBytes: maxMemoryMb * MIB, ...inOrder })
  try {
    const trace = new TraceScan(engine, inputs, options)
    if (!(await trace.readParts(parts))) return undefined
    return await trace.analysis()
  } finally {
    await engine.close()
  }
}
