import type { CaptureJob, ReportStore } from './capture-job.ts'
import type { JobOutcome } from './job-outcome.ts'
import { readerOf } from './option-files.ts'
import { type PartHand, runPartJob } from './part-job.ts'
import { type JobEnvironment, runJob } from './run-job.ts'

/** What a worker hands to the process that does its jobs. Nothing of it is written down there. */
export interface JobTask {
  readonly job: CaptureJob
  /** Where reports go, as this machine knows it. */
  readonly root: string
  /** Contents of the files that the job's options name; absent where the process reads them from the disk. */
  readonly files?: ReadonlyMap<string, Uint8Array>
  readonly limits: Pick<JobEnvironment, 'workers' | 'maxMemoryMb'>
  /** Of a part. */
  readonly part?: PartHand
}

/** What comes back, in the end one of the last two. */
export type JobReply =
  | { readonly bytesDone: number }
  | { readonly outcome: JobOutcome }
  | { readonly error: string; readonly code?: string }

const PROGRESS_MS = 1000

/**
 * The life of a process that does a worker's jobs: one after the other, as they come from its parent. It ends with its
 * parent, and pays no heed to the signals that a terminal sends to both.
 */
export function serveJobs(storeOf: (root: string) => ReportStore): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
  process.on('disconnect', () => process.exit())
  process.on('message', (task: JobTask) => void serve(task, storeOf).then(reply))
}

async function serve(
  { job, root, files, limits, part }: JobTask,
  storeOf: (root: string) => ReportStore,
): Promise<JobReply> {
  let toldMs = performance.now()
  try {
    if (part !== undefined) return { outcome: await runPartJob(job, part) }
    const outcome = await runJob(job, {
      ...limits,
      store: storeOf(root),
      ...(files !== undefined && { readFile: readerOf(files) }),
      onProgress: (bytesDone) => {
        if (performance.now() - toldMs < PROGRESS_MS) return
        toldMs = performance.now()
        reply({ bytesDone })
      },
    })
    return { outcome }
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    return { error: message, ...(code !== undefined && { code }) }
  }
}

function reply(message: JobReply): void {
  process.send?.(message)
}
