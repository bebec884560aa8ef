import type { CaptureReport } from '../model/report.ts'
import { count, formatNumber } from './layout.ts'

export type LossKind = 'lost' | 'truncated' | 'malformed' | 'dropped' | 'undecoded'

/** Something that a capture lacks, in words. */
export interface CaptureLoss {
  readonly kind: LossKind
  readonly text: string
}

/** What of a capture could not be read, or is not in it. */
export function lossesOf(capture: CaptureReport): CaptureLoss[] {
  const { lost, truncatedFrames, frames, malformedFrames, undecodedFrames, droppedFrames = 0 } = capture
  const losses: readonly (readonly [LossKind, boolean, () => string])[] = [
    ['lost', lost !== undefined, () => lostText(lost as NonNullable<CaptureReport['lost']>)],
    [
      'truncated',
      truncatedFrames > 0,
      // What is cut is not in the file, whatever else is given.
      () =>
        `${formatNumber(truncatedFrames)} of ${count(frames, 'frame')} cut by the snap length (tcpdump -s 0 cuts none)`,
    ],
    ['malformed', malformedFrames > 0, () => `${count(malformedFrames, 'frame')} malformed`],
    ['dropped', droppedFrames > 0, () => `${count(droppedFrames, 'frame')} dropped by the capturing host`],
    ['undecoded', undecodedFrames > 0, () => `${count(undecodedFrames, 'frame')} of an unknown link type`],
  ]
  return losses.filter(([, is]) => is).map(([kind, , text]) => ({ kind, text: text() }))
}

function lostText({ reason, atByte, count: places = 1 }: NonNullable<CaptureReport['lost']>): string {
  return `lost from byte ${formatNumber(atByte)}: ${reason}${places > 1 ? ` (first of ${count(places, 'place')})` : ''}`
}
