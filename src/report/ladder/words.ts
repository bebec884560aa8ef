import type { Finding, Severity } from '../../model/report.ts'
import { SEVERITIES } from '../../model/severities.ts'

/** `A` for the first leg. */
export function legName(leg: number): string {
  return leg < 26 ? String.fromCharCode(65 + leg) : `${leg + 1}`
}

export function worstOf(findings: readonly Finding[]): Severity | undefined {
  return SEVERITIES.find((severity) => findings.some((finding) => finding.severity === severity))
}
