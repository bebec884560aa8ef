import { type CaptureInput, identifyFile } from '../../capture/capture-input.ts'
import type { InputFacts } from '../../capture/input-records.ts'
import { type PartLimits, writeLeanPart } from './lean-part.ts'
import { type PartFindings, type PartPlan, verifyPart } from './part-verdicts.ts'

/** A regular file of the set. */
export interface PartFile {
  /** What it is called, and where it lies. */
  readonly path: string
  readonly place: string
  readonly sizeBytes: number
}

/** The two jobs of a part. Neither needs anything of the jobs of other parts; either may be done twice. */
export type PartTask = LeanTask | VerifyTask

export interface LeanTask {
  readonly kind: 'lean'
  readonly file: PartFile
  readonly limits: PartLimits
  /** Where the lean trace goes. */
  readonly target: string
  readonly whole: boolean
}

export interface VerifyTask {
  readonly kind: 'verify'
  readonly file: PartFile
  readonly limits: PartLimits
  readonly plan: PartPlan
}

/** What a part's job comes to. */
export type PartOutcome = InputFacts | PartFindings

/** Does the job of a part on the calling thread. */
export async function runPartTask(task: PartTask): Promise<PartOutcome> {
  const { path, place, sizeBytes } = task.file
  const input: CaptureInput = { ...(await identifyFile(place, sizeBytes)), path }
  return task.kind === 'lean'
    ? writeLeanPart(input, task.target, task.limits, task.whole)
    : verifyPart(input, task.plan, task.limits)
}
