import { writeFile } from 'node:fs/promises'
import { listInterfaces } from '../capture/live/interfaces.ts'
import { parseListenAddress } from '../live/listen-address.ts'
import { liveScan } from '../live/live-scan.ts'
import { openMetrics } from '../live/metrics.ts'
import type { Snapshot } from '../live/snapshot.ts'
import type { LargeReport } from '../model/report-objects.ts'
import type { Anonymizer } from '../report/anonymize/anonymizer.ts'
import { type FailOn, failsOn } from '../report/fail-on.ts'
import { detailsOf } from '../report/formats.ts'
import { formatJson } from '../report/json.ts'
import type { BrokenOffError } from '../scan/broken-off.ts'
import { ExitStatus, exitStatusOf } from './exit-status.ts'
import { formatInterfaces } from './interface-list.ts'
import { Interruption } from './interruption.ts'
import { type LiveArguments, liveLimitsOf, liveTargetsOf } from './live-arguments.ts'
import { LiveLines } from './live-lines.ts'
import { openSources } from './live-sources.ts'
import { LiveStatus } from './live-status.ts'
import { becomeUser, userOfLive } from './live-user.ts'
import { keptIn, noticeLine, warnOfFilters, warnOfSecretsIn } from './notices.ts'
import { growCarefully } from './optimising.ts'
import type { Target } from './options.ts'
import { checkOutputs, expectFiles, writeStandardOutput } from './output.ts'
import { ANEW } from './progress.ts'
import { isStreamed, wantsColor, writeReports } from './reports.ts'
import { anonymizerOf, commonOptionsOf, inputsOf, showsProgress } from './scan-command.ts'
import type { Screen } from './screen/open-screen.ts'

/** What is shown of a live scan while it goes on. */
interface View {
  /** It shows the messages of calls. */
  readonly ladders?: boolean
  show(snapshot: Snapshot): void
  close(): void
}

/** `srtp-scan live`: scans what an interface or a listener brings until it is ended, then writes the reports. */
export async function liveCommand(args: LiveArguments): Promise<number> {
  if (args.list) {
    await writeStandardOutput([formatInterfaces(listInterfaces())])
    return 0
  }
  const limits = liveLimitsOf(args)
  const targets = liveTargetsOf(args, process.stdout.isTTY === true)
  const options = commonOptionsOf(args)
  const outputs = targets.flatMap(({ path }) => path ?? [])
  const inputs = inputsOf(args)
  const written = args.write === undefined ? outputs : [...outputs, args.write]
  checkOutputs(written, inputs)
  const chosen = userOfLive(args.user)
  const user = chosen === 'root' ? undefined : chosen
  // Who reads standard output may leave: what was captured for hours goes on to where it is kept.
  if (outputs.length > 0 || (args.write ?? args.metrics) !== undefined) expectFiles()
  const metricsAt = args.metrics === undefined ? undefined : parseListenAddress('--metrics', args.metrics, 9090)

  const anonymizer = await anonymizerOf(args)

  const notices = new Notices()
  const closing: (() => unknown)[] = [() => notices.release()]
  try {
    const metrics = metricsAt === undefined ? undefined : await openMetrics(metricsAt)
    closing.unshift(() => metrics?.close())
    // Before the sources: what is kept may be there, and the signal come, before they are all open.
    const interruption = new Interruption()
    closing.unshift(() => interruption.end())
    const onTrouble = (line: string) => notices.tell(`warning: ${line}`)
    const onceOpen = () => {
      const line = becomeUser(chosen)
      if (line !== undefined && !args.quiet) notices.tell(line)
    }
    const { source, closingLines, close } = await openSources(args, limits, { user, onceOpen, onTrouble })
    closing.unshift(close)
    // What root could have written the user perhaps cannot.
    if (user !== undefined) checkOutputs(written, inputs)
    const stop = (): void => void source.stop()
    interruption.signal.addEventListener('abort', stop)
    if (interruption.signal.aborted) stop()
    if (limits.durationMs !== undefined) setTimeout(stop, limits.durationMs).unref()
    const lines = targets.some(isStreamed) ? linesFor(args.failOn, anonymizer) : undefined
    const view = lines === undefined ? await openView(args, source.name, interruption, notices) : undefined
    closing.unshift(() => view?.close())
    let brokenOff: BrokenOffError | undefined
    const report = await liveScan({
      ...options,
      onBrokenOff: (error) => {
        brokenOff = error
      },
      source,
      ...detailsOf(
        targets.map(({ format }) => format),
        args,
      ),
      ...(view?.ladders === true && { ladders: true }),
      onSnapshot: (snapshot) => {
        growCarefully(args.maxMemory)
        lines?.show(snapshot)
        view?.show(anonymizer === undefined ? snapshot : anonymizedSnapshot(snapshot, anonymizer))
        metrics?.update(snapshot)
      },
    })
    if (!args.quiet) {
      closing.push(() => {
        for (const line of closingLines()) notices.tell(line)
      })
    }
    view?.close()
    lines?.finish(report)
    warnOfFilters(options.filters, keptIn(report))
    const status = exitStatusOf(report.findings, args.failOn)
    // Who reads the report may leave before its end.
    process.exitCode = brokenOff === undefined ? status : ExitStatus.Unusable
    await writeAtEnd(anonymizer?.report(report) ?? report, targets, args)
    warnOfSecretsIn(report)
    if (brokenOff !== undefined) throw brokenOff
    return status
  } finally {
    for (const close of closing) await close()
  }
}

/** What was captured in hours is not lost with a disk that is full by now: then it goes to standard output. */
async function writeAtEnd(report: LargeReport, targets: readonly Target[], args: LiveArguments): Promise<void> {
  try {
    await writeReports(report, targets, args)
  } catch (error) {
    if (targets.every(({ path }) => path !== undefined)) await writeReports(report, [{ format: 'text' }], args)
    throw error
  }
}

/** Lines of NDJSON for standard output, whose reader may leave before the verdict is told. */
function linesFor(failOn: FailOn, anonymizer: Anonymizer | undefined): LiveLines {
  process.exitCode = ExitStatus.Unread
  return new LiveLines((line) => process.stdout.write(line), {
    ...(anonymizer !== undefined && { shown: anonymizer.reportObject }),
    onFinding: ({ severity }) => {
      if (failsOn(severity, failOn)) process.exitCode = ExitStatus.Findings
    },
  })
}

/** What is shown while it goes on may be looked at by others too, and be saved. */
function anonymizedSnapshot(snapshot: Snapshot, anonymizer: Anonymizer): Snapshot {
  const { report, ended, strays } = snapshot
  return {
    ...snapshot,
    report: anonymizer.report(report),
    ended: ended.map(anonymizer.object),
    ...(strays !== undefined && { strays: anonymizer.object(strays) }),
  }
}

/** Lines for standard error, which wait while a screen has the terminal. */
class Notices {
  #waiting: string[] | undefined

  tell(line: string): void {
    // A status line may stand there.
    if (this.#waiting === undefined) process.stderr.write((process.stderr.isTTY ? ANEW : '') + noticeLine(line))
    else this.#waiting.push(line)
  }

  hold(): void {
    this.#waiting ??= []
  }

  release(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const line of waiting) this.tell(line)
  }
}

/** The screen, where there is a terminal to show it and to type at, and no format is asked for; else a line. */
async function openView(
  args: LiveArguments,
  sourceName: string,
  interruption: Interruption,
  notices: Notices,
): Promise<View | undefined> {
  const line = showsProgress(args) ? new LiveStatus() : undefined
  if (args.format.length > 0 || process.stdout.isTTY !== true) return line
  const { openScreen } = await import('./screen/open-screen.ts')
  let last: Snapshot | undefined
  const screen: Screen | undefined = await openScreen({
    ...{ sourceName, stdin: process.stdin, stdout: process.stdout },
    color: wantsColor(args.color),
    onSave: () => save(last),
    onQuit: () => interruption.heard('SIGINT'),
  })
  if (screen === undefined) return line
  notices.hold()
  return {
    ladders: true,
    show(snapshot) {
      last = snapshot
      screen.show(snapshot)
    },
    close: () => screen.close(),
  }
}

/** Writes what is known now as JSON; returns where. */
async function save(snapshot: Snapshot | undefined): Promise<string> {
  if (snapshot === undefined) throw new Error('nothing has come yet')
  const path = `srtp-scan-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}.json`
  await writeFile(path, formatJson(snapshot.report), { flag: 'wx' })
  return path
}
