import { join } from 'node:path'
import type { PartsRunner } from '../../scan/analyse-parts.ts'
import { PartsInterruptedError } from '../../verify/parts/part-pool.ts'
import { PartFailedError, type PartTask } from '../../verify/parts/part-task.ts'
import type { CaptureJob } from '../capture-job.ts'
import { PARTS_FOLDER, sealedFor, writeTask } from '../part-job.ts'
import type { JobRunner } from '../runner.ts'
import type { QueueKey } from './queue-key.ts'
import { seal } from './sealing.ts'

/**
 * Has the jobs of parts done by the workers of a queue. What a job needs lies in a file in the folder of the reports, which
 * every worker sees, its keys sealed; through the queue goes the name of the file.
 *
 * @param signal once aborted what no worker has begun is taken back, and PartsInterruptedError is thrown
 */
export function queuedParts(runner: JobRunner, key: QueueKey, signal: AbortSignal | undefined): PartsRunner {
  return async (tasks, folder, onEnded) => {
    const byName = new Map<string, PartTask>()
    const jobs = tasks.map((task): CaptureJob => {
      const name = `${task.outcome}.task`
      writeTask(join(folder, name), task, (keys) => seal(keys, key, sealedFor(name)))
      byName.set(name, task)
      const { path, place, sizeBytes } = task.file
      const work = { folder: PARTS_FOLDER, task: name }
      return {
        kind: 'part',
        name,
        capture: path,
        place,
        sizeBytes,
        options: {},
        optionsDigest: PARTS_FOLDER,
        reports: [],
        work,
      }
    })
    let ended = 0
    for await (const outcome of runner.run(jobs, { ...(signal !== undefined && { signal }) })) {
      if (outcome.status === 'failed') throw new PartFailedError(outcome.error, outcome.code)
      onEnded(byName.get(outcome.name) as PartTask)
      ended++
    }
    if (ended < jobs.length) throw new PartsInterruptedError()
  }
}
