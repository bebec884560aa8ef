import type { LargeReport } from '../model/report-objects.ts'
import type { FormatOptions } from './format-options.ts'
import { formatJson } from './json.ts'
import { formatNdjson } from './ndjson.ts'
import { formatText, type TextOptions } from './text.ts'

/** What may be collected for showing, beside the facts, by the names of the scan's options: it costs time and memory. */
export type Detail = 'ladders' | 'descriptions' | 'timelines'

/** The report's text, in pieces. */
export type Formatter = (report: LargeReport, options: FormatOptions) => Iterable<string>

export interface Format {
  /** What it shows only where it was collected. */
  readonly details?: (options: Pick<TextOptions, 'verbose'>) => readonly Detail[]
  /** It tells which findings make the command fail. */
  readonly heedsFailOn?: true
  /** What few ask for is loaded when it is asked for: start-up is loading (docs/decisions/start-up.md). */
  readonly formatter: () => Formatter | Promise<Formatter>
}

/** Every format by its name on the command line. A new one is a file and a line here. */
export const FORMATS = {
  text: {
    details: ({ verbose }) => (verbose ? ['ladders'] : []),
    formatter: () => (report, options) => [formatText(report, options)],
  },
  json: { formatter: () => formatJson },
  ndjson: { formatter: () => formatNdjson },
  html: {
    details: () => ['ladders', 'descriptions', 'timelines'],
    formatter: async () => (await import('./html/html.ts')).formatHtml,
  },
  sarif: { heedsFailOn: true, formatter: async () => (await import('./sarif/sarif.ts')).formatSarif },
  junit: { heedsFailOn: true, formatter: async () => (await import('./junit/junit.ts')).formatJunit },
} as const satisfies Record<string, Format>

export type FormatName = keyof typeof FORMATS

/** The options of a scan that collect what some of these formats show. */
export function detailsOf(
  formats: readonly FormatName[],
  options: Pick<TextOptions, 'verbose'>,
): Partial<Record<Detail, true>> {
  const wanted = formats.flatMap((name) => (FORMATS[name] as Format).details?.(options) ?? [])
  return Object.fromEntries(wanted.map((detail) => [detail, true as const]))
}

/** Whether a report depends on which findings make the command fail. */
export function heedsFailOn(format: FormatName): boolean {
  return (FORMATS[format] as Format).heedsFailOn ?? false
}
