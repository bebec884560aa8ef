import type { Argv } from 'yargs'
import { VALUED } from './scan-options.ts'

/** What names a queue, for those who submit to it and those who work for it. */
export function queueOptions(command: Argv): Argv {
  return command
    .option('queue', { ...VALUED, describe: 'Redis whose queue has the jobs: redis://HOST:PORT, rediss://…' })
    .option('queue-key', { ...VALUED, describe: 'file with the 32 octets that keys are sealed under' })
    .option('queue-prefix', { ...VALUED, describe: 'tells queues of one Redis apart (srtp-scan)' })
}

/** How those are called where yargs hands them on. */
export interface QueueArguments {
  readonly queue?: string
  readonly queueKey?: string
  readonly queuePrefix?: string
}
