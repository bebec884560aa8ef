import { type PartOutcome, type PartTask, runPartTask } from '../src/verify/parts/part-task.ts'

/** The entry of a thread that does the jobs of parts. */
export default function part(task: PartTask): Promise<PartOutcome> {
  return runPartTask(task)
}
