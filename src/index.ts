export type { Call, Finding, Report, Severity, Stream } from './model/report.ts'
export type { Filters } from './scan/filters.ts'
export { scan, type FindingFilters, type ScanOptions } from './scan/scan.ts'
