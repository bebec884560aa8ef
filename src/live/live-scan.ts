import { limitReached } from '../model/anomaly-log.ts'
import type { LargeReport } from '../model/report-objects.ts'
import { type ScanOptions, scanLarge } from '../scan/scan.ts'
import type { LiveSource } from './live-source.ts'
import type { Snapshot } from './snapshot.ts'

export interface LiveOptions extends Omit<ScanOptions, 'captures' | 'stdin' | 'live' | 'onSnapshot'> {
  readonly source: LiveSource
  /** Called about every second. */
  readonly onSnapshot?: (snapshot: Snapshot) => void
}

/**
 * Scans what a source captures until it is stopped, and reports on the whole. Calls are judged when they have ended and
 * let go of, so that memory stays as it is.
 *
 * @throws what `scan` throws
 */
export async function liveScan({ source, onSnapshot, ...options }: LiveOptions): Promise<LargeReport> {
  const report = await scanLarge({
    ...options,
    captures: ['-'],
    stdin: source.octets,
    live: true,
    onSnapshot: (snapshot) => onSnapshot?.({ ...snapshot, source: source.counts() }),
  })
  const { dropped, refused = new Map<string, number>() } = source.counts()
  const captures = report.captures.map((capture) => ({
    ...capture,
    path: source.name,
    ...(dropped !== undefined && dropped > 0 && { droppedFrames: dropped }),
  }))
  const trouble = source.trouble?.()
  const anomalies = [...refused, ...(trouble === undefined ? [] : [[trouble, 1] as const])].map(([reason, count]) => ({
    layer: 'capture' as const,
    reason,
    count,
    ...limitReached('capture', reason),
    frames: [],
  }))
  return { ...report, captures, anomalies: [...report.anomalies, ...anomalies] }
}
