import { createHash } from 'node:crypto'
import type { FormatName } from '../report/formats.ts'
import { VERSION } from '../scan/version.ts'
import type { JobOptions } from './capture-job.ts'
import { readOptionFiles } from './option-files.ts'

/**
 * SHA-256, in hex, over all that a report depends on beside its capture: the tool's version, the options, the formats,
 * and the contents of the files that the options name (with their names, which some findings repeat).
 *
 * @throws TextFileError, PolicyError, UsageError where one of them cannot be read
 */
export async function optionsDigest(options: JobOptions, formats: readonly FormatName[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([VERSION, options, formats]))
  for (const [path, octets] of await readOptionFiles(options)) {
    hash.update(JSON.stringify([path, octets.length])).update(octets)
  }
  return hash.digest('hex')
}
