import type { LargeReport } from '../model/report-objects.ts'
import type { FailOn } from '../report/fail-on.ts'
import { FORMATS } from '../report/formats.ts'
import type { Target } from './options.ts'
import { writeOutputs } from './output.ts'

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
 * Writes the report in every format where it is wanted, but for what has gone line by line.
 *
 * @throws UsageError for those that cannot be written, when the others were
 */
export function writeReports(report: LargeReport, targets: readonly Target[], style: ReportStyle): Promise<void> {
  return writeOutputs(
    targets
      .filter((target) => !isStreamed(target))
      .map(({ format, path }) => ({
        ...(path !== undefined && { path }),
        pieces: async () => {
          const formatted = await FORMATS[format].formatter()
          return formatted(report, {
            ...(path === undefined ? terminalText(style) : { width: NARROW, color: false }),
            quiet: style.quiet,
            verbose: style.verbose,
            ...(style.failOn !== undefined && { failOn: style.failOn }),
          })
        },
      })),
  )
}

/** NDJSON to standard output goes line by line while the scan goes on, not when it has ended. */
export function isStreamed({ format, path }: Target): boolean {
  return format === 'ndjson' && path === undefined
}

/** How a text is set on standard output. */
export function terminalText({ color }: { readonly color?: boolean | undefined }): { width: number; color: boolean } {
  if (process.stdout.isTTY !== true) return { width: NARROW, color: false }
  return {
    width: Math.min(WIDEST, Math.max(40, process.stdout.columns || NARROW)),
    color: wantsColor(color),
  }
}

/** Whether a terminal is to be painted (https://no-color.org). @param color --color, or --no-color */
export function wantsColor(color: boolean | undefined): boolean {
  return color !== false && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
}
