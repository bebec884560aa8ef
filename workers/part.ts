import { type PartTask, runPartTask } from '../src/verify/parts/part-task.ts'

/** The entry of a thread that does the jobs of parts. */
export default function part({ task, folder }: { readonly task: PartTask; readonly folder: string }): Promise<void> {
  return runPartTask(task, folder)
}
