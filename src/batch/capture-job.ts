import type { FailOn } from '../report/fail-on.ts'
import type { FormatName } from '../report/formats.ts'
import type { ScanOptions } from '../scan/scan.ts'

/** What a scan goes by beside its capture, by path and by value: JSON, and no key in it. */
export type JobOptions = Pick<
  ScanOptions,
  'keyFiles' | 'tlsKeyLogs' | 'tlsKeys' | 'caBundles' | 'crls' | 'policies' | 'filters' | 'findings' | 'slabBytes'
> & {
  /** Path of the key by which reports are made anonymous; absent where they are not. */
  readonly anonymizeKey?: string
  /** How a report as text is set, and which findings it calls failures. */
  readonly text?: { readonly quiet: boolean; readonly verbose: boolean; readonly failOn?: FailOn }
}

/**
 * One capture as a trace of its own, and its reports; or (kind `part`) as a part of a trace, which has no reports. It can be
 * sent as JSON to whoever sees the same files.
 */
export interface CaptureJob {
  readonly kind: 'report' | 'part'
  /** Tells it from the other jobs of its batch, and is what its reports are named, without endings. */
  readonly name: string
  /** Path of the capture, as reports name it. */
  readonly capture: string
  /** Where the capture lies, if that is not its name: a URL with a password in it. */
  readonly place?: string
  /** When the job was made: what work it is. Absent for captures on a server. */
  readonly sizeBytes?: number
  readonly options: JobOptions
  /** Digest of the options with the contents of the files they name (options-digest.ts). */
  readonly optionsDigest: string
  /** Where reports go, by name within the store. */
  readonly reports: readonly ReportPlace[]
  /** Of a part: what is done with it. */
  readonly work?: PartWork
}

/** Where it is written what is done with a part (part-job.ts): a file in a folder below the store's root. */
export interface PartWork {
  readonly folder: string
  readonly task: string
}

export interface ReportPlace {
  readonly format: FormatName
  /** Path below the store's root, with `/`. */
  readonly name: string
}

/** Where reports are kept: a folder, a bucket. */
export interface ReportStore {
  /**
   * Keeps a report under its name, whole or not at all; one that is there is replaced at once.
   *
   * @returns octets written
   */
  write(name: string, pieces: Iterable<string>): Promise<number>
}
