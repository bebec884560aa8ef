import type { Report } from '../../src/model/report.ts'

/** How often the report says a reason. */
export function told({ anomalies }: Report, layer: string, reason: string): number {
  return anomalies.find((one) => one.layer === layer && one.reason === reason)?.count ?? 0
}

/** A complaint where two numbers that must agree do not. */
export function differing(what: string, reported: number, written: number): string[] {
  return reported === written ? [] : [`${what}: ${reported} reported, ${written} sent`]
}

/** A complaint where a number is less than there was reason for. */
export function fewer(what: string, reported: number, least: number): string[] {
  return reported >= least ? [] : [`${what}: ${reported} reported, ${least} at least were to be`]
}

/** Frames of the report are those that were written. */
export function framesMissing({ totals }: Report, frames: number): string[] {
  return differing('frames', totals.frames, frames)
}

/** Frames that were too deep to be read. */
export function notRead(report: Report): number {
  return told(report, 'net', 'frames-with-too-many-headers')
}
