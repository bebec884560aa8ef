import type { FileSlabs } from '../../capture/file-slabs.ts'

/** Where a slab's octets come from. */
export type SlabSource =
  /** A plain file: every thread reads its own slabs. */
  | { readonly kind: 'file'; readonly file: FileSlabs }
  /** Anything else. */
  | StreamSource

/** Octets that one thread puts into the slabs in order. */
export interface StreamSource {
  readonly kind: 'stream'
  /** Resolves with the octets put into `target`, 0 at the end. */
  fill(target: Uint8Array): Promise<number>
  readonly rest?: Rest | undefined
}

/** What is done now and then while a stream goes on, when nothing else is under way: every slab so far is judged. */
export interface Rest {
  /** Milliseconds until it is time. */
  dueInMs(): number
  run(): Promise<void>
}
