import type { JobAnswer, JobTask } from '../batch/job-processes.ts'
import { runJob } from '../batch/run-job.ts'
import { BatchFolder } from './batch-folder.ts'

/** The entry of a process that does the jobs of a batch, one after the other, with one thread. */
async function answer({ job, folder, maxMemoryMb }: JobTask): Promise<void> {
  const store = new BatchFolder(folder)
  const onProgress = (bytesDone: number): void => send({ bytesDone })
  try {
    send({ outcome: await runJob(job, { store, workers: 1, maxMemoryMb, onProgress }) })
  } catch (error) {
    send({ refusal: (error as Error).message })
  }
}

function send(message: JobAnswer): void {
  // Whoever asked may have gone meanwhile.
  if (process.connected) process.send?.(message, () => undefined)
}

// Ctrl-C goes to every process of a terminal; whoever asked for the job says when it is enough, or goes.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)
process.on('disconnect', () => process.exit())
process.on('message', (task: JobTask) => void answer(task))
