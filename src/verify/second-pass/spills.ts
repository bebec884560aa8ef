import { closeSpillFile, compactSpill, openSpillFile } from '../../capture/spill-file.ts'
import { LIMITS } from '../../limits/limits.ts'
import { CF, type Control } from '../control.ts'
import type { Spill } from './second-pass.ts'

/** Octets that a spill of deferred packets may take on the disk. */
export const SPILL_LIMIT_BYTES = LIMITS.spillOctets.most

/** What the first pass leaves on the disk: packets put together from fragments, and those of a one-shot input. */
export class Spills {
  readonly #control: Control
  readonly #reassembled = openSpillFile()
  readonly #deferred: number

  /** @param oneShot whether the input can be read once only */
  constructor(control: Control, oneShot: boolean) {
    this.#control = control
    this.#deferred = oneShot ? openSpillFile() : -1
  }

  get reassembled(): Spill {
    return { descriptor: this.#reassembled, bytes: this.#control.floats[CF.ReassembledSpillBytes] }
  }

  /** With a descriptor of -1 where the input can be read again. */
  get deferred(): Spill {
    return { descriptor: this.#deferred, bytes: this.#control.floats[CF.DeferredSpillBytes] }
  }

  get bytes(): number {
    return this.reassembled.bytes + this.deferred.bytes
  }

  /** Streams have new numbers, or none any more. Nobody else may be at work. */
  compact(moved: Int32Array): void {
    const { floats } = this.#control
    const { reassembled, deferred } = this
    floats[CF.ReassembledSpillBytes] = compactSpill(reassembled.descriptor, reassembled.bytes, moved)
    if (deferred.descriptor < 0) return
    floats[CF.DeferredSpillBytes] = compactSpill(deferred.descriptor, deferred.bytes, moved)
  }

  close(): void {
    closeSpillFile(this.#reassembled)
    if (this.#deferred >= 0) closeSpillFile(this.#deferred)
  }
}
