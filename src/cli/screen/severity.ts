import type { Severity } from '../../model/report.ts'
import type { Ink } from './paint.ts'

/** How a severity is marked and painted. */
export const SEVERITY: Readonly<Record<Severity, { readonly mark: string; readonly ink: Ink }>> = {
  error: { mark: 'x', ink: 'red' },
  warning: { mark: '!', ink: 'yellow' },
  info: { mark: 'i', ink: 'blue' },
}
