import type { LargeReport } from '../model/report-objects.ts'
import type { FailOn } from '../report/fail-on.ts'
import { FORMATS } from '../report/formats.ts'
import { UsageError } from '../scan/usage-error.ts'
import type { Target } from './options.ts'
import { failureOfStandardOutput, writeReport, writeStandardOutput } from './output.ts'

const NARROW = 80
/** Lines of prose longer than this are hard to follow, however wide the terminal. */
const WIDEST = 160

/** How a report is shown. */
export interface ReportStyle {
  readonly color?: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  /** For formats that tell which findings make the command fail. */
  readonly failOn?: FailOn
}

/**
 * Writes the report in every format where it is wanted.
 *
 * @throws UsageError for those that cannot be written, when the others were
 */
export async function writeReports(report: LargeReport, targets: readonly Target[], style: ReportStyle): Promise<void> {
  const failures: UsageError[] = []
  for (const { format, path } of targets) {
    const formatted = await FORMATS[format].formatter()
    const pieces = formatted(report, {
      ...(path === undefined ? terminalText(style) : { width: NARROW, color: false }),
      quiet: style.quiet,
      verbose: style.verbose,
      ...(style.failOn !== undefined && { failOn: style.failOn }),
    })
    if (path === undefined) await writeStandardOutput(pieces)
    else await writeReport(path, pieces).catch((error) => failures.push(error))
  }
  const failure = failureOfStandardOutput()
  if (failure !== undefined) failures.push(failure)
  if (failures.length > 0) throw new UsageError(failures.map(({ message }) => message).join('; '), failures[0])
}

/** NDJSON to standard output goes line by line while the scan goes on, not when it has ended. */
export function isStreamed({ format, path }: Target): boolean {
  return format === 'ndjson' && path === undefined
}

/** How a text is set on standard output. */
export function terminalText({ color }: Pick<ReportStyle, 'color'>): { width: number; color: boolean } {
  if (process.stdout.isTTY !== true) return { width: NARROW, color: false }
  return {
    width: Math.min(WIDEST, Math.max(40, process.stdout.columns || NARROW)),
    color: color !== false && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
  }
}
