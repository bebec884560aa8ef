import { type PartFault, type PartTask, runPartTask } from '../src/verify/parts/part-task.ts'

interface PartAsked {
  readonly task: PartTask
  readonly folder: string
}

/**
 * The entry of a thread that does the jobs of parts. An error loses its class on its way to another thread: what is the
 * capture's fault, or the disk's, comes back as its line.
 */
export default async function part({ task, folder }: PartAsked): Promise<PartFault | undefined> {
  try {
    await runPartTask(task, folder)
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code?.startsWith('SRTP_SCAN_') === true) return { message, code }
    throw error
  }
}
