import type { CaptureJob } from '../../src/batch/capture-job.ts'
import type { JobReply, JobTask } from '../../src/batch/serve-jobs.ts'

/**
 * A process that serves jobs in the way that their captures are named: `die` ends it, `refuse` says that no job can be
 * done, `small` meets the ceiling for state where it has less than all, anything else is reported on. The outcome's
 * error tells what was asked.
 */
process.on('disconnect', () => process.exit())
process.on('message', ({ job, limits }: JobTask) => {
  if (job.capture === 'die') process.kill(process.pid, 'SIGKILL')
  else process.send?.(replyTo(job, limits))
})

function replyTo({ name, capture }: CaptureJob, limits: JobTask['limits']): JobReply {
  if (capture === 'refuse') return { error: 'no report can be written' }
  const asked = { pid: process.pid, ...limits }
  const beyondMemory = capture === 'small' && (limits.maxMemoryMb ?? 0) < 1024
  return { outcome: { status: 'reported', name, capture, summary: { beyondMemory }, asked } as never }
}
