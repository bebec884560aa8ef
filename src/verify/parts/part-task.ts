import { join } from 'node:path'
import { type CaptureInput, identifyFile } from '../../capture/capture-input.ts'
import { FirstOctets } from '../../capture/octet-source.ts'
import { writeScratchText } from '../../capture/scratch-file.ts'
import { leaveSharedMemory } from '../shared-garbage.ts'
import { type PartLimits, writeLeanPart } from './lean-part.ts'
import type { LeanFindings } from './lean-stream.ts'
import { type NumberedKey, type PartFindings, type PartPlan, verifyPart } from './part-verdicts.ts'

/** A regular file of the set. */
export interface PartFile {
  /** What it is called, and where it lies. */
  readonly path: string
  readonly place: string
  readonly sizeBytes: number
}

/**
 * The two jobs of a part. Neither needs anything of the jobs of other parts; either may be done twice. What they read and
 * make beside the part lies in one folder, and is named by its names there.
 */
export type PartTask = LeanTask | VerifyTask

export interface LeanTask {
  readonly kind: 'lean'
  readonly file: PartFile
  readonly limits: PartLimits
  /** Where the lean trace goes. */
  readonly lean: string
  /** Number of the part in the set. */
  readonly part: number
  readonly whole: boolean
  /** Where the outcome goes, as JSON. */
  readonly outcome: string
}

export interface VerifyTask {
  readonly kind: 'verify'
  readonly file: PartFile
  readonly limits: PartLimits
  readonly plan: PartPlan
  readonly keys: readonly NumberedKey[]
  readonly outcome: string
}

/** What a part's job comes to. */
export type PartOutcome = LeanFindings | PartFindings

/** Why the job of a part failed, as it comes from where errors lose their class. */
export interface PartFault {
  readonly message: string
  readonly code?: string
}

/** A part could not be read: without it the trace would be another. Or what its job makes could not be written. */
export class PartFailedError extends Error {
  readonly code: 'SRTP_SCAN_PART' | 'SRTP_SCAN_SCRATCH'

  /** @param code of the job's own error */
  constructor(message: string, code?: string) {
    super(message)
    this.name = 'PartFailedError'
    this.code = code === 'SRTP_SCAN_SCRATCH' ? code : 'SRTP_SCAN_PART'
  }
}

/** Does the job of a part on the calling thread, and writes its outcome. */
export async function runPartTask(task: PartTask, folder: string): Promise<void> {
  const { path, place, sizeBytes } = task.file
  const found = await identifyFile(place, sizeBytes)
  // The last file of a ring may still grow; both jobs read the same of it.
  const open = () => new FirstOctets(found.open(), sizeBytes)
  const input: CaptureInput = { ...found, path, isPlainFile: false, open }
  try {
    const outcome: PartOutcome =
      task.kind === 'lean'
        ? await writeLeanPart(input, join(folder, task.lean), task.limits, task)
        : await verifyPart(input, task.plan, task.keys, task.limits, folder)
    writeScratchText(join(folder, task.outcome), JSON.stringify(outcome))
  } finally {
    leaveSharedMemory()
  }
}
