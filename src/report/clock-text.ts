import type { CaptureReport } from '../model/report.ts'

/** That the times of a capture were set right. */
export function clockText(
  { aheadSeconds, of }: NonNullable<CaptureReport['clock']>,
  captures: readonly Pick<CaptureReport, 'path'>[],
): string {
  const [how, shown] = aheadSeconds < 0 ? ['behind', 'later'] : ['ahead of', 'earlier']
  const seconds = `${Math.abs(aheadSeconds)} s`
  return `its clock is ${seconds} ${how} that of ${captures[of].path}; its times are shown ${seconds} ${shown}`
}
