import { decryptCaptures } from '../scan/decrypt.ts'
import { UsageError } from '../scan/usage-error.ts'
import { decryptSummary, isInVain } from './decrypt-summary.ts'
import { ExitStatus } from './exit-status.ts'
import { Interruption } from './interruption.ts'
import { notice, warnOfFilters, warnOfLeftOut, warnOfSecrets } from './notices.ts'
import { checkGiven, wholeNumber } from './options.ts'
import { checkOutputs } from './output.ts'
import { PcapOutput } from './pcap-output.ts'
import { ProgressLine } from './progress.ts'
import { filtersOf, type ScanArguments, showsProgress } from './scan-command.ts'
import { checkPlace } from './speech-file.ts'
import { SpeechFolder } from './speech-folder.ts'
import type { SpeechOutput } from './speech-output.ts'
import { SpeechOutputs } from './speech-outputs.ts'
import { WavOutput } from './wav-output.ts'

/** The options of the command line, as yargs gives them. */
export interface DecryptArguments
  extends Pick<
    ScanArguments,
    'captures' | 'read' | 'keys' | 'tlsKeylog' | 'tlsKey' | 'call' | 'ip' | 'from' | 'to' | 'since' | 'until'
  > {
  readonly maxMemory?: number
  readonly quiet: boolean
  readonly progress?: boolean
  readonly writePcap?: string
  readonly writeWav?: string
  readonly force: boolean
}

/** `srtp-scan decrypt [capture...]`: writes media in the clear, and says on standard error what it wrote and left out. */
export async function decryptCommand(args: DecryptArguments): Promise<number> {
  checkGiven(args)
  const captures = [...args.captures, ...args.read]
  if (captures.length === 0) throw new UsageError('decrypt: no capture is named: srtp-scan decrypt call.pcap')
  const maxMemoryMb = wholeNumber('--max-memory', args.maxMemory, 64, 3072)
  const outputs = await outputsOf(args, [...captures, ...args.keys, ...args.tlsKeylog, ...args.tlsKey])
  const filters = filtersOf(args)
  const line = showsProgress(args) ? new ProgressLine() : undefined
  const interruption = new Interruption()
  if (captures.includes('-')) interruption.signal.addEventListener('abort', () => process.stdin.destroy())
  try {
    const decrypted = await decryptCaptures({
      captures,
      keyFiles: args.keys,
      tlsKeyLogs: args.tlsKeylog,
      tlsKeys: args.tlsKey,
      filters,
      ...(maxMemoryMb !== undefined && { maxMemoryMb }),
      sinks: outputs.sinks,
      onLeftOut: warnOfLeftOut,
      signal: interruption.signal,
      ...(line !== undefined && { onProgress: line.show }),
    })
    line?.clear()
    // A directory or a pattern says only now which captures it stood for.
    if (args.writePcap !== undefined) checkOutputs([args.writePcap], decrypted.captures)
    const written = await outputs.finish()
    warnOfSecrets(decrypted.unusedSecrets)
    warnOfFilters(filters, decrypted.kept)
    if (!args.quiet) {
      for (const text of [...decryptSummary(decrypted, args.writePcap !== undefined), ...written]) notice(text)
    }
    if (outputs.failure !== undefined) throw outputs.failure
    return isInVain(decrypted) ? ExitStatus.Findings : ExitStatus.Clean
  } catch (error) {
    line?.clear()
    await outputs.abandon()
    if (interruption.status !== undefined) return interruption.status
    throw error
  } finally {
    interruption.end()
  }
}

/** Refuses what cannot be written, and says of the rest what it will hold. */
async function outputsOf(args: DecryptArguments, inputs: readonly string[]): Promise<SpeechOutputs> {
  const { writePcap, writeWav, force } = args
  const outputs: SpeechOutput[] = []
  if (writePcap === '-') throw new UsageError('--write-pcap -: takes a file, which only its owner can read')
  if (writeWav === '-') throw new UsageError('--write-wav -: takes a folder, for a file of each call')
  if (writePcap !== undefined) {
    checkOutputs([writePcap], inputs)
    checkPlace(writePcap, force)
    outputs.push(new PcapOutput(writePcap))
  }
  if (writeWav !== undefined) outputs.push(new WavOutput(new SpeechFolder(writeWav, force)))
  if (outputs.length === 0) {
    throw new UsageError('decrypt: nothing to write; --write-pcap out.pcapng or --write-wav folder would do')
  }
  for (const path of [writePcap, writeWav]) {
    if (path === undefined) continue
    notice(`writes private speech in the clear to ${path}, readable by its owner only`)
  }
  return new SpeechOutputs(outputs)
}
