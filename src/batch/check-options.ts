import { mergePolicies } from '../policy/policy-document.ts'
import { openAnonymizer } from '../scan/anonymizing.ts'
import { checkFilters } from '../scan/filters.ts'
import { readKeyFiles } from '../scan/key-files.ts'
import { readPolicies } from '../scan/policies.ts'
import { readTlsSecrets } from '../scan/tls-secrets.ts'
import { readTlsTrust } from '../scan/tls-trust.ts'
import type { JobOptions } from './capture-job.ts'

/**
 * Reads all that the options name, once: what is wrong with it would be wrong for every capture.
 *
 * @throws UsageError, KeysError, PolicyError, TlsSecretsError, TextFileError
 */
export async function checkJobOptions(options: JobOptions): Promise<void> {
  checkFilters(options.filters ?? {})
  if (options.anonymizeKey !== undefined) await openAnonymizer(options.anonymizeKey)
  await readKeyFiles(options.keyFiles ?? [])
  await readTlsSecrets(options)
  await readTlsTrust(options, mergePolicies(await readPolicies(options.policies ?? [])))
}
