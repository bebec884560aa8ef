import { createHash } from 'node:crypto'
import { readSmallFile } from '../capture/text-file.ts'
import { isPackName } from '../policy/pack-names.ts'
import { mergePolicies } from '../policy/policy-document.ts'
import type { FormatName } from '../report/formats.ts'
import { readPolicies } from '../scan/policies.ts'
import { VERSION } from '../scan/version.ts'
import type { JobOptions } from './capture-job.ts'

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

/**
 * The contents of the files that options name, by path.
 *
 * @throws TextFileError, PolicyError, UsageError where one of them cannot be read
 */
export async function readOptionFiles(options: JobOptions): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  for (const path of await filesOf(options)) files.set(path, await readSmallFile(path))
  return files
}

async function filesOf(options: JobOptions): Promise<string[]> {
  const { keyFiles = [], tlsKeyLogs = [], tlsKeys = [], caBundles = [], crls = [], policies = [] } = options
  const authorities = mergePolicies(await readPolicies(policies)).tls?.authorities
  return [
    ...[keyFiles, tlsKeyLogs, tlsKeys, caBundles, crls].flat(),
    ...policies.filter((name) => !isPackName(name)),
    ...(typeof authorities === 'object' && authorities.bundle !== undefined ? [authorities.bundle] : []),
  ]
}
