import type { Severity } from './report.ts'

/** Worst first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']
