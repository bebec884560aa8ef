import { VERSION } from '../../scan/version.ts'
import type { JobOptions } from '../capture-job.ts'
import type { QueueKey } from './queue-key.ts'
import { SealError, type Sealed, seal, unseal } from './sealing.ts'

/** What all jobs of a batch have in common, as it lies in Redis beside them. */
export interface BatchRecord {
  /** Of the tool that submitted it: another one may report something else. */
  readonly version: string
  /** Where reports go, as the submitter names it. */
  readonly root: string
  readonly options: JobOptions
  readonly optionsDigest: string
  /** Contents of the files that the options name, in base64 by path; sealed wherever there is a key. */
  readonly files: { readonly open: Readonly<Record<string, string>> } | { readonly sealed: Sealed }
}

/** The same where it is used. */
export interface Batch {
  readonly root: string
  readonly options: JobOptions
  readonly optionsDigest: string
  /** Octets by path. */
  readonly files: ReadonlyMap<string, Buffer>
}

/** Options whose files are secret. */
const SECRET = ['keyFiles', 'tlsKeyLogs', 'tlsKeys'] as const

/** Whether the options name files that hold keys. */
export function holdsKeys(options: JobOptions): boolean {
  return SECRET.some((name) => (options[name]?.length ?? 0) > 0)
}

export function packBatch(id: string, { root, options, optionsDigest, files }: Batch, key?: QueueKey): BatchRecord {
  if (key === undefined && holdsKeys(options)) throw new SealError('holds keys, and there is no queue key to seal them')
  const open = Object.fromEntries([...files].map(([path, octets]) => [path, octets.toString('base64')]))
  const sealed = key && { sealed: seal(Buffer.from(JSON.stringify(open)), key, contextOf(id)) }
  return { version: VERSION, root, options, optionsDigest, files: sealed ?? { open } }
}

/** @throws SealError where this machine has not the key, or is of another version */
export function openBatch(id: string, record: BatchRecord, key: QueueKey | undefined): Batch {
  const { version, root, options, optionsDigest, files } = record
  if (version !== VERSION) throw new SealError(`was submitted by version ${version}, and this worker is ${VERSION}`)
  const open = 'open' in files ? files.open : JSON.parse(unseal(files.sealed, key, contextOf(id)).toString())
  const octets = Object.entries(open as Record<string, string>).map(
    ([path, base64]) => [path, Buffer.from(base64, 'base64')] as const,
  )
  return { root, options, optionsDigest, files: new Map(octets) }
}

function contextOf(id: string): string {
  return `srtp-scan batch ${id}`
}
