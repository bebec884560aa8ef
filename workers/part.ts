import { type PartTask, runPartTask } from '../src/verify/parts/part-task.ts'

/**
 * The entry of a thread that does the jobs of parts. An error loses its class on its way to another thread: what is the
 * capture's fault comes back as its line.
 */
export default async function part(asked: { readonly task: PartTask; readonly folder: string }): Promise<string> {
  try {
    await runPartTask(asked.task, asked.folder)
    return ''
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code?.startsWith('SRTP_SCAN_') === true) return message
    throw error
  }
}
