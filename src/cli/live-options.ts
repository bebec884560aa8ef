import type { Argv } from 'yargs'
import { NUMBER, scanOptions, VALUED } from './scan-options.ts'

/** The options of `srtp-scan live`, with those that it has in common with a scan. */
export function liveOptions(command: Argv): Argv {
  return scanOptions(
    command
      .option('interface', { ...VALUED, alias: 'i', describe: 'network interface; any for all' })
      .option('list', { type: 'boolean', default: false, describe: 'list the interfaces' })
      .option('filter', { ...VALUED, alias: 'f', describe: 'capture filter (pcap-filter); default: SIP and UDP' })
      .option('hep', { ...VALUED, describe: 'listen for HEP v3 agents here, :9060 for this machine' })
      .option('hep-key', { ...VALUED, describe: 'file with the password of HEP agents' })
      .option('duration', { ...NUMBER, describe: 'end after so many seconds' })
      .option('count', { ...NUMBER, describe: 'end after so many packets' })
      .option('write', { ...VALUED, alias: 'w', describe: 'keep what is captured in this file' })
      .option('rotate-size', { ...NUMBER, describe: 'a new file for --write every so many MB' })
      .option('rotate-time', { ...NUMBER, describe: 'a new file for --write every so many seconds' })
      .option('buffer', { ...NUMBER, describe: 'MB in the kernel for packets that wait (64; cap 256)' })
      .option('capture-with', {
        nargs: 1,
        choices: ['cap', 'tcpdump', 'dumpcap'],
        describe: 'default: the first that can',
      })
      .option('user', {
        ...VALUED,
        alias: 'Z',
        describe: 'as root: go on as this user once all is open (who called sudo)',
      })
      .option('metrics', { ...VALUED, describe: 'serve Prometheus here, :9090 for this machine' }),
  )
}
