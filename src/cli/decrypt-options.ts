import type { Argv } from 'yargs'
import { traceOptions, VALUED } from './scan-options.ts'

/** `srtp-scan decrypt`: what is read, and where what is in the clear goes. */
export function decryptOptions(command: Argv): Argv {
  return traceOptions(command)
    .option('write-pcap', { ...VALUED, describe: 'pcapng file of the media in the clear' })
    .option('write-wav', { ...VALUED, describe: 'folder for a stereo WAV of each call' })
    .option('force', { type: 'boolean', default: false, describe: 'replaces what is there' })
}
