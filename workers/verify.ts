import type { Resolution } from '../src/verify/second-pass/resolution.ts'
import { runTask, type VerifyTask } from '../src/verify/tasks.ts'

/** The entry of a thread of the pool: one task of the verification, from its first slab to its last. */
export default function verify(task: VerifyTask): Resolution[] | number[] {
  return runTask(task)
}
