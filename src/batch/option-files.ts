import { type ReadSmallFile, readSmallFile, TextFileError } from '../capture/text-file.ts'
import { isPackName } from '../policy/pack-names.ts'
import { mergePolicies } from '../policy/policy-document.ts'
import { readPolicies } from '../scan/policies.ts'
import type { JobOptions } from './capture-job.ts'

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
  const {
    keyFiles = [],
    tlsKeyLogs = [],
    tlsKeys = [],
    caBundles = [],
    crls = [],
    policies = [],
    anonymizeKey,
  } = options
  const authorities = mergePolicies(await readPolicies(policies)).tls?.authorities
  return [
    ...[keyFiles, tlsKeyLogs, tlsKeys, caBundles, crls].flat(),
    ...(anonymizeKey === undefined ? [] : [anonymizeKey]),
    ...policies.filter((name) => !isPackName(name)),
    ...(typeof authorities === 'object' && authorities.bundle !== undefined ? [authorities.bundle] : []),
  ]
}

/** Reads what came along with a job instead of what this machine may have under the same path. */
export function readerOf(files: ReadonlyMap<string, Uint8Array>): ReadSmallFile {
  return async (path) => {
    const octets = files.get(path)
    if (octets !== undefined) return Buffer.from(octets)
    throw new TextFileError(`${path}: did not come along with the job`)
  }
}
