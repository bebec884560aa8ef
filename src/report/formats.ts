import type { LargeReport } from '../model/report-objects.ts'
import { formatJson } from './json.ts'
import { formatNdjson } from './ndjson.ts'
import { formatText, type TextOptions } from './text.ts'

/** Every format by its name on the command line: the report's text, in pieces. A new one is a file and a line here. */
export const FORMATS = {
  text: (report, options) => [formatText(report, options)],
  json: formatJson,
  ndjson: formatNdjson,
} as const satisfies Record<string, (report: LargeReport, options: TextOptions) => Iterable<string>>

export type FormatName = keyof typeof FORMATS
