import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { LIMITS, type LimitName } from '../../src/limits/limits.ts'
import type { Report } from '../../src/model/report.ts'
import { type ScanOptions, scan } from '../../src/scan/scan.ts'
import { writePcap } from '../capture/capture-writer.ts'

/** A frame and when it was captured: seconds after the first. */
export type Timed = readonly [seconds: number, frame: Uint8Array]

const EPOCH = 1_768_469_400

/** A capture of these frames, 0.1 ms apart where no times are given. */
export function captureOf(frames: readonly (Uint8Array | Timed)[], linkType = 1): Uint8Array {
  const packets = frames.map((frame, n) => {
    const [after, data] = frame instanceof Uint8Array ? [n * 1e-4, frame] : frame
    const nanoseconds = Math.round(after * 1e9)
    return { seconds: EPOCH + Math.floor(nanoseconds / 1e9), nanoseconds: nanoseconds % 1e9, data }
  })
  return writePcap(packets, { linkType })
}

/** The report of a capture, as `srtp-scan` gives it. */
export async function scanned(
  capture: Uint8Array,
  options: Partial<ScanOptions> = {},
  name = 'one.pcap',
): Promise<Report> {
  return scannedFiles([[name, capture]], options)
}

/** The report of several captures as one trace. */
export async function scannedTogether(captures: readonly Uint8Array[]): Promise<Report> {
  return scannedFiles(
    captures.map((capture, n) => [`${n}.pcap`, capture]),
    {},
  )
}

async function scannedFiles(
  files: readonly (readonly [name: string, capture: Uint8Array])[],
  options: Partial<ScanOptions>,
): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'))
  try {
    for (const [name, capture] of files) writeFileSync(join(folder, name), capture)
    return await scan({ captures: files.map(([name]) => join(folder, name)), workers: 1, ...options })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What the report says of the limits that were reached: how much of what they drop was dropped. */
export function reachedIn({ anomalies }: Pick<Report, 'anomalies'>): Partial<Record<LimitName, number>> {
  return Object.fromEntries(
    anomalies.flatMap(({ limit, layer, reason, count }) => {
      if (limit === undefined) return []
      expect(LIMITS[limit.name as LimitName].anomaly).toEqual({ layer, reason })
      return [[limit.name, count]]
    }),
  )
}
