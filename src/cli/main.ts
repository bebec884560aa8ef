// Before anything else is loaded.
import './beginning.ts'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { UsageError } from '../scan/usage-error.ts'
import { VERSION } from '../scan/version.ts'
import { endEarly } from '../verify/thread-pool.ts'
import type { BatchArguments } from './batch-command.ts'
import { COMMAND } from './command-words.ts'
import { joinDashes } from './dash.ts'
import type { DecryptArguments } from './decrypt-command.ts'
import { decryptOptions } from './decrypt-options.ts'
import { ExitStatus } from './exit-status.ts'
import type { LiveArguments } from './live-arguments.ts'
import { liveOptions } from './live-options.ts'
import { tell, warnOfLeftOut, warnOfMasks, warnOfSecrets } from './notices.ts'
import { writeStandardOutput } from './output.ts'
import { queueOptions } from './queue-options.ts'
import type { ScanArguments } from './scan-command.ts'
import { NUMBER, READ, REPEATABLE, REPEATED, scanOptions, VALUED } from './scan-options.ts'
import { usageMessage } from './usage-message.ts'
import { described, PURPOSE, USAGE } from './usage-text.ts'
import type { WorkerArguments } from './worker-command.ts'

const COLUMNS = 80

/** What is no option, `-` included: yargs loses it where positionals are declared. */
function operands({ _ }: { readonly _: readonly (string | number)[] }): string[] {
  return _.map(String)
}

/** The arguments of a command: what follows its name and is no option is a capture. */
function withCaptures<Arguments>(args: Parameters<typeof operands>[0]): Arguments {
  return { ...args, captures: operands(args).slice(1) } as unknown as Arguments
}

/** Options that may be given again and are not: a default would stand behind each in the help. */
function withLists(args: Record<string, unknown>): void {
  for (const name of REPEATABLE) args[name] ??= []
}

type KeysArguments = Pick<ScanArguments, 'captures' | 'read' | 'tlsKeylog' | 'tlsKey'>

async function printKeys({ captures: named, read, tlsKeylog, tlsKey }: KeysArguments): Promise<void> {
  const captures = [...named, ...read]
  if (captures.length === 0) throw new UsageError('keys: no capture is named: srtp-scan keys call.pcap')
  const { scanKeys } = await import('../scan/keys.ts')
  const keys = await scanKeys({
    captures,
    tlsKeyLogs: tlsKeylog,
    tlsKeys: tlsKey,
    onUnusedSecrets: warnOfSecrets,
    onMasked: warnOfMasks,
    onLeftOut: warnOfLeftOut,
  })
  await writeStandardOutput([keys])
}

/** The catalogue, one rule, or what policies ask for. */
async function printRules(ids: readonly string[], policies: readonly string[]): Promise<void> {
  const [id] = ids
  if (ids.length > 1) throw new UsageError(`rules ${ids.join(' ')}: one id at a time`)
  if (policies.length > 0) {
    if (id !== undefined) throw new UsageError('rules: an id or --policy, not both')
    const { explainPolicies } = await import('./policy-command.ts')
    await writeStandardOutput([await explainPolicies(policies, COLUMNS)])
    return
  }
  const { explainRule, listRules } = await import('./rules-command.ts')
  await writeStandardOutput([id === undefined ? listRules() : explainRule(id, COLUMNS)])
}

/** Every command loads what it needs when it is run: --help and a list of rules need no reader of captures. */
async function main(argv: readonly string[]): Promise<number> {
  let status: number = ExitStatus.Clean
  const line = yargs(argv)
  await line
    .scriptName('srtp-scan')
    .usage(USAGE)
    .command('$0', 'scan captures as one trace', scanOptions, async (args) => {
      const { scanCommand } = await import('./scan-command.ts')
      status = await scanCommand({ ...args, captures: operands(args) } as unknown as ScanArguments)
    })
    .command(
      COMMAND.batch,
      PURPOSE.batch,
      described('batch', (command) =>
        queueOptions(scanOptions(command))
          .option('out', { ...VALUED, describe: 'folder for reports and summary' })
          .option('format', { ...REPEATED, describe: 'of the reports; json where none is named' })
          .hide('output')
          .option('as-one', { type: 'boolean', default: false, describe: 'a rotated set: all captures are one trace' })
          .option('queue-status', { type: 'boolean', default: false, describe: 'what the queue has, and its workers' }),
      ),
      async (args) => {
        const { batchCommand } = await import('./batch-command.ts')
        status = await batchCommand(withCaptures<BatchArguments>(args))
      },
    )
    .command(
      COMMAND.keys,
      PURPOSE.keys,
      described('keys', (command) =>
        command
          .option('read', READ)
          .option('tls-keylog', { ...REPEATED, describe: 'NSS key log of TLS and DTLS connections' })
          .option('tls-key', { ...REPEATED, describe: 'RSA private key (PEM) of a TLS server' }),
      ),
      async (args) => printKeys(withCaptures(args)),
    )
    .command(COMMAND.decrypt, PURPOSE.decrypt, described('decrypt', decryptOptions), async (args) => {
      const { decryptCommand } = await import('./decrypt-command.ts')
      status = await decryptCommand(withCaptures<DecryptArguments>(args))
    })
    .command(COMMAND.live, PURPOSE.live, described('live', liveOptions), async (args) => {
      const { liveCommand } = await import('./live-command.ts')
      status = await liveCommand(withCaptures<LiveArguments>(args))
    })
    .command(
      COMMAND.tls,
      PURPOSE.tls,
      described('tls', (command) =>
        scanOptions(command).option('format', { ...REPEATED, describe: 'text, json; pairs with -o' }),
      ),
      async (args) => {
        const { tlsCommand } = await import('./tls-command.ts')
        status = await tlsCommand(withCaptures<ScanArguments>(args), Date.now())
      },
    )
    .command(
      COMMAND.rules,
      PURPOSE.rules,
      described('rules', (command) =>
        command.option('policy', { ...REPEATED, describe: 'what a policy pack or file asks for' }),
      ),
      async (args) => printRules(operands(args).slice(1), args.policy ?? []),
    )
    .command(
      COMMAND.worker,
      PURPOSE.worker,
      described('worker', (command) =>
        queueOptions(command)
          .option('map', { ...REPEATED, describe: 'FROM=TO: where storage is seen that others see as FROM' })
          .option('jobs', { ...NUMBER, describe: 'jobs at a time (as many as there are cores)' })
          .option('workers', { ...NUMBER, describe: 'threads of a job (1)' })
          .option('max-memory', { ...NUMBER, describe: 'ceiling for state of a job in MB (1024)' })
          .option('lease', { ...NUMBER, describe: 'seconds of silence that lose its jobs to others (30)' })
          .option('quiet', { type: 'boolean', alias: 'q', default: false, describe: 'says nothing' }),
      ),
      async (args) => {
        const [, capture] = operands(args)
        if (capture !== undefined)
          throw new UsageError(`worker ${capture}: takes no capture; batch --queue submits them`)
        const { workerCommand } = await import('./worker-command.ts')
        await workerCommand(args as unknown as WorkerArguments)
      },
    )
    .version(VERSION)
    .help()
    .alias('help', 'h')
    .wrap(COLUMNS)
    // Messages are the same everywhere, as the report is.
    .locale('en')
    .parserConfiguration({ 'parse-positional-numbers': false })
    .updateStrings({ array: 'repeatable' })
    .strictOptions()
    .exitProcess(false)
    .fail((message, error) => {
      if (error !== undefined && error.name !== 'YError') throw error
      const { key } = (line as unknown as { getOptions(): { key: object } }).getOptions()
      throw new UsageError(usageMessage(message, Object.keys(key), argv))
    })
    .middleware(withLists)
    .parseAsync()
  return status
}

main(joinDashes(hideBin(process.argv)))
  .finally(endEarly)
  .then(
    (status) => {
      process.exitCode = status
    },
    (error) => {
      tell(error)
      process.exitCode = ExitStatus.Unusable
    },
  )
