import { fileURLToPath } from 'node:url'
import type { CaptureJob, ReportStore } from '../../src/batch/capture-job.ts'
import { optionsDigest } from '../../src/batch/options-digest.ts'
import type { FormatName } from '../../src/report/formats.ts'

export const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url))

/** A job with the samples' keys. */
export async function jobOf(
  capture: string,
  name: string,
  formats: readonly FormatName[] = ['json'],
): Promise<CaptureJob> {
  const options = { keyFiles: [`${SAMPLES}keys.json`] }
  return {
    kind: 'report',
    name,
    capture,
    options,
    optionsDigest: await optionsDigest(options, formats),
    reports: formats.map((format) => ({ format, name: `${name}.${format}` })),
  }
}

/** Reports by name. */
export class MemoryStore implements ReportStore {
  readonly reports = new Map<string, string>()

  async write(name: string, pieces: Iterable<string>): Promise<number> {
    const text = [...pieces].join('')
    this.reports.set(name, text)
    return Buffer.byteLength(text)
  }
}
