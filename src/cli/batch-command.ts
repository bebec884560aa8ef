import { planBatch } from '../batch/batch-plan.ts'
import { type BatchSummary, summaryOfBatch } from '../batch/batch-summary.ts'
import type { JobOptions } from '../batch/capture-job.ts'
import { checkJobOptions } from '../batch/check-options.ts'
import { EmbeddedRunner } from '../batch/embedded-runner.ts'
import type { JobOutcome, ReportedCapture } from '../batch/job-outcome.ts'
import type { JobRunner } from '../batch/runner.ts'
import { formatBatchSummary } from '../batch/summary-text.ts'
import type { Anonymizer } from '../report/anonymize/anonymizer.ts'
import type { FailOn } from '../report/fail-on.ts'
import { type FormatName, heedsFailOn } from '../report/formats.ts'
import { harmlessJson } from '../report/harmless-json.ts'
import { UsageError } from '../scan/usage-error.ts'
import { BatchFolder } from './batch-folder.ts'
import { BATCH_PROCESS } from './batch-process-place.ts'
import { BatchProgress } from './batch-progress.ts'
import { ExitStatus, exitStatusOfCounts } from './exit-status.ts'
import { Interruption } from './interruption.ts'
import { warnOfFilters } from './notices.ts'
import { checkGiven, formatName, given } from './options.ts'
import { writeOutputs } from './output.ts'
import type { QueueArguments } from './queue-options.ts'
import { terminalText } from './reports.ts'
import { anonymizerOf, type ScanArguments, scanOptionsOf, showsProgress } from './scan-command.ts'

export interface BatchArguments extends ScanArguments, QueueArguments {
  readonly out?: string
  readonly queueStatus?: boolean
  readonly asOne?: boolean
}

/** `srtp-scan batch PATH... --out DIR`: a report of each capture, and a summary over all. */
export async function batchCommand(args: BatchArguments): Promise<number> {
  if (args.queueStatus === true) {
    await (await import('./batch-queue.ts')).printQueueStatus(args)
    return ExitStatus.Clean
  }
  if (args.asOne === true) return batchAsOne(args)
  if (args.queue !== undefined) {
    const { openQueueRunner } = await import('./batch-queue.ts')
    return runBatch(args, ({ path }, _, options) => openQueueRunner(args, path, options))
  }
  return runBatch(args, (store, limits) => {
    return new EmbeddedRunner({ store, processes: { module: BATCH_PROCESS, root: store.path }, ...limits })
  })
}

/** `--as-one`: all captures are one trace. */
async function batchAsOne(args: BatchArguments): Promise<number> {
  const { AsOneRunner, planAsOne } = await import('../batch/as-one.ts')
  let captures: readonly string[] = []
  return runBatch(
    args,
    async (store, limits, options) => {
      const elsewhere =
        args.queue === undefined
          ? {}
          : await (await import('./batch-queue.ts')).openQueuedParts(args, store.path, options)
      return new AsOneRunner({ store, folder: store.path, captures, ...limits, ...elsewhere })
    },
    async (request, earlier) => {
      const plan = await planAsOne(request, earlier)
      captures = plan.captures
      return plan
    },
  )
}

/** What a batch may use over all. */
export interface BatchLimits {
  readonly workers?: number
  readonly maxMemoryMb?: number
}

/** Plans a batch, has its jobs done, and writes the summary. @param runnerOf who does the jobs */
export async function runBatch(
  args: BatchArguments,
  runnerOf: (folder: BatchFolder, limits: BatchLimits, options: JobOptions) => JobRunner | Promise<JobRunner>,
  planOf: typeof planBatch = planBatch,
): Promise<number> {
  checkGiven(args)
  const { out, paths, formats } = checkedArguments(args)
  const { captures: _, workers, maxMemoryMb, ...scanOptions } = scanOptionsOf(args)
  const anonymizer = await batchAnonymizerOf(args)
  const { quiet, verbose, failOn, anonymizeKey } = args
  // Where no report depends on it, another --fail-on makes no report new.
  const text = { quiet, verbose, ...(formats.some(heedsFailOn) && { failOn }) }
  const options = { ...scanOptions, text, ...given({ anonymizeKey }) }
  await checkJobOptions(options)
  const folder = await BatchFolder.open(out)
  const plan = await planOf({ paths, options, formats, ...given({ shownAs: anonymizer?.path }) }, folder)
  const runner = await runnerOf(folder, given({ workers, maxMemoryMb }), options)
  const interruption = new Interruption('finishing the captures under way; once more quits at once')
  const progress = showsProgress(args) ? new BatchProgress(plan) : undefined
  const outcomes: JobOutcome[] = [...plan.done]
  try {
    const { signal } = interruption
    const onProgress = progress?.underWay
    for await (const outcome of runner.run(plan.jobs, { signal, ...(onProgress && { onProgress }) })) {
      outcomes.push(outcome)
      if (isDone(outcome)) await folder.note({ of: plan.captureOf.get(outcome.name) as string, outcome })
      progress?.ended(outcome)
    }
  } finally {
    progress?.clear()
    interruption.end()
    await runner.close()
  }
  const left = plan.done.length + plan.jobs.length - outcomes.length
  const summary = summaryOfBatch(outcomes, plan.unread, left, anonymizer)
  const status = interruption.status ?? statusOf(summary, args.failOn)
  if (left === 0) warnOfFilters(scanOptions.filters, summary.totals.calls + summary.totals.streams)
  // Who reads the summary may leave before its end.
  process.exitCode = status
  await writeSummary(summary, folder, { formats, color: args.color, isAnonymized: anonymizer !== undefined })
  return status
}

/** What broke off is tried again by the next run. */
function isDone(outcome: JobOutcome): outcome is ReportedCapture {
  return outcome.status === 'reported' && outcome.brokenOff === undefined
}

function statusOf({ counts, brokenOff, totals }: BatchSummary, failOn: FailOn): number {
  return counts.failed > 0 || brokenOff !== undefined
    ? ExitStatus.Unusable
    : exitStatusOfCounts(totals.findings, failOn)
}

interface SummaryOptions {
  readonly formats: readonly FormatName[]
  readonly color: boolean | undefined
  readonly isAnonymized: boolean
}

/** Every form of it is written, though another cannot be. */
async function writeSummary(
  summary: BatchSummary,
  folder: BatchFolder,
  { formats, color, isAnonymized }: SummaryOptions,
): Promise<void> {
  const plain = { width: COLUMNS, color: false, folder: isAnonymized ? 'this folder' : folder.path }
  await writeOutputs([
    { path: folder.place('summary.json'), pieces: () => [`${harmlessJson(JSON.stringify(summary, null, 2))}\n`] },
    { path: folder.place('summary.txt'), pieces: () => [formatBatchSummary(summary, plain)] },
    ...(formats.includes('html')
      ? [{ path: folder.place('summary.html'), pieces: async () => (await summaryHtml()).formatBatchHtml(summary) }]
      : []),
    { pieces: () => [formatBatchSummary(summary, { ...terminalText({ color }), folder: folder.path })] },
  ])
}

const summaryHtml = () => import('../batch/summary-html.ts')

/** One key for every capture, every process and every run that goes on. @throws UsageError where none is named */
async function batchAnonymizerOf(args: BatchArguments): Promise<Anonymizer | undefined> {
  if (args.anonymize === true && args.anonymizeKey === undefined) {
    throw new UsageError(
      'batch --anonymize: one key is wanted for all reports: openssl rand -out KEYFILE 32, then --anonymize-key KEYFILE',
    )
  }
  return anonymizerOf(args)
}

const COLUMNS = 80

function checkedArguments(args: BatchArguments) {
  const { out, format, output } = args
  const paths = [...args.captures, ...args.read]
  if (paths.length === 0) throw new UsageError('batch: no capture is named: srtp-scan batch captures/ --out reports')
  if (paths.includes('-')) throw new UsageError('batch: - is one capture: srtp-scan - reads standard input')
  if (out === undefined) throw new UsageError('batch: no folder for the reports is named; --out reports would do')
  if (output.length > 0) throw new UsageError('--output: batch names its reports itself, in the folder of --out')
  return { out, paths, formats: [...new Set(format.length === 0 ? (['json'] as const) : format.map(formatName))] }
}
