import type { Filters } from './filters.ts'
import type { FindingFilters } from './report-of.ts'

/** Who is meant stands in what is kept, and a report may be sent away. */
const NAMES_SOMEBODY: ReadonlySet<string> = new Set(['call', 'ip', 'from', 'to'])

/** The options that leave something out of a report: who reads it may not be who gave them. */
export function keptTo(filters: Filters, { ignore = [], only = [], minSeverity }: FindingFilters): string[] {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined)
  return [
    ...given.map(([name, value]) => (NAMES_SOMEBODY.has(name) ? `--${name}` : `--${name} ${value}`)),
    ...ignore.map((rule) => `--ignore ${rule}`),
    ...only.map((rule) => `--only ${rule}`),
    ...(minSeverity === undefined || minSeverity === 'info' ? [] : [`--min-severity ${minSeverity}`]),
  ]
}
