import { join } from 'node:path'
import { readScratchText, writeScratchText } from '../capture/scratch-file.ts'
import type { MasterKey } from '../srtp/session-keys.ts'
import { suiteByName } from '../srtp/suites.ts'
import { type PartTask, runPartTask } from '../verify/parts/part-task.ts'
import type { NumberedKey } from '../verify/parts/part-verdicts.ts'
import type { CaptureJob, PartWork } from './capture-job.ts'
import type { JobOutcome } from './job-outcome.ts'
import { failureOf } from './run-job.ts'

/** Below the batch's folder: what the jobs of parts hand on. Hidden, so that no capture is looked for in it. */
export const PARTS_FOLDER = '.as-one'

/** What the keys of a task are sealed for: they open with it only. */
export function sealedFor(task: string): string {
  return `srtp-scan part ${task}`
}

/** What a part's job needs beside its capture, where it is done. */
export interface PartHand {
  readonly task: PartTask
  /** Where the names in the task lie. */
  readonly folder: string
}

/** A task as it lies in a file for whoever does it. Its keys are sealed: it is made of what must not be told. */
export interface WrittenTask<Box> {
  readonly task: PartTask
  readonly keys?: Box
}

/** Writes a task without its keys; `seal` closes them. */
export function writeTask<Box>(path: string, task: PartTask, seal: (keys: Uint8Array) => Box): void {
  const written: WrittenTask<Box> =
    task.kind === 'lean' || task.keys.length === 0
      ? { task }
      : { task: { ...task, keys: [] }, keys: seal(Buffer.from(JSON.stringify(task.keys.map(textsOf)))) }
  writeScratchText(path, JSON.stringify(written))
}

/**
 * Reads a task that was written; `unseal` opens its keys.
 *
 * @param root of the reports, as this machine knows it
 */
export function readTask<Box>(
  root: string,
  { folder, task: name }: PartWork,
  unseal: (box: Box) => Uint8Array,
): PartHand {
  const path = join(root, folder, name)
  const text = readScratchText(path)
  if (text === undefined) throw new Error(`${path}: is not there; every worker must see the folder of the reports`)
  const { task, keys } = JSON.parse(text) as WrittenTask<Box>
  if (task.kind === 'lean' || keys === undefined) return { task, folder: join(root, folder) }
  const opened = (JSON.parse(Buffer.from(unseal(keys)).toString()) as KeyTexts[]).map(keyOf)
  return { task: { ...task, keys: opened }, folder: join(root, folder) }
}

/** Does the job of a part, wherever its capture lies here. Its outcome is in the folder, where it may lie already. */
export async function runPartJob(job: CaptureJob, { task, folder }: PartHand): Promise<JobOutcome> {
  const { name, capture, place = capture } = job
  try {
    await runPartTask({ ...task, file: { ...task.file, place } }, folder)
    return { status: 'done', name, capture }
  } catch (error) {
    return { status: 'failed', name, ...failureOf(capture, place, error) }
  }
}

type KeyTexts = Omit<MasterKey, 'suite' | 'masterKey' | 'masterSalt' | 'mki'> & {
  readonly number: number
  readonly suite: string
  readonly masterKey: string
  readonly masterSalt: string
  readonly mki?: string
}

function textsOf({ number, master }: NumberedKey): KeyTexts {
  const { suite, masterKey, masterSalt, mki, ...more } = master
  const text = (octets: Uint8Array) => Buffer.from(octets).toString('base64')
  return {
    ...more,
    number,
    suite: suite.name,
    masterKey: text(masterKey),
    masterSalt: text(masterSalt),
    ...(mki !== undefined && { mki: text(mki) }),
  }
}

function keyOf({ number, suite: name, masterKey, masterSalt, mki, ...more }: KeyTexts): NumberedKey {
  const suite = suiteByName(name)
  if (suite === undefined) throw new RangeError(`${name}: no such suite`)
  const octets = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'))
  const master: MasterKey = {
    ...more,
    suite,
    masterKey: octets(masterKey),
    masterSalt: octets(masterSalt),
    ...(mki !== undefined && { mki: octets(mki) }),
  }
  return { number, master }
}
