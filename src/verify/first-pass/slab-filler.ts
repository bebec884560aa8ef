import { setTimeout as delay } from 'node:timers/promises'
import type { Breakage } from '../breakage.ts'
import { C, type Control } from '../control.ts'
import type { Hearing } from './hearing.ts'
import type { Rest, StreamSource } from './slab-source.ts'
import type { SlabThread } from './slab-thread.ts'
import { isJudged, isPastEnd } from './slab-turns.ts'

/** Fills the slabs of what only one thread can read, in order. */
export class SlabFiller {
  readonly #thread: SlabThread
  readonly #control: Control
  readonly #hearing: Hearing
  readonly #slabBytes: number
  /** Where the slabs begin that were filled and may not be judged yet; and where the next one will. */
  readonly #offsets = new Map<number, number>()
  #nextOffset = 0

  constructor(thread: SlabThread, hearing: Hearing, slabBytes: number) {
    this.#thread = thread
    this.#control = thread.control
    this.#hearing = hearing
    this.#slabBytes = slabBytes
  }

  /** Where a slab that is not judged begins in the octets that were read; of one that is not filled, where they end. */
  offsetOf(slab: number): number {
    return this.#offsets.get(slab) ?? this.#nextOffset
  }

  /**
   * Until the source's end, or that of the pass.
   *
   * @param onBroken told where the source cannot be read on: that is its end then. Without it the cause is thrown
   */
  async fillAll(source: StreamSource, onBroken: ((breakage: Breakage) => void) | undefined): Promise<void> {
    const control = this.#control
    for (let slab = 0; ; slab++) {
      if (!(await this.#hearing.untilOrEnd(slab, () => this.#thread.slotIsFree(slab)))) return
      const at = this.#thread.slabOffset(slab)
      const filling = source.fill(this.#thread.bytes.subarray(at, at + this.#slabBytes))
      const got = await this.#filled(filling, slab, source.rest).catch((cause) => {
        if (onBroken === undefined) throw cause
        onBroken({ cause, atByte: this.#nextOffset })
        return 0
      })
      if (got === undefined) return
      // The end is only known when nothing more comes: an empty slab is the last one.
      this.#thread.filled(slab, got, this.#nextOffset, got === 0)
      this.#note(slab)
      this.#nextOffset += got
      if (got === 0) control.publish(C.End, slab + 1)
      control.publish(C.Filled, slab + 1)
      if (got === 0) return
    }
  }

  #note(slab: number): void {
    for (const earlier of this.#offsets.keys()) {
      if (!isJudged(this.#control, earlier + 1)) break
      this.#offsets.delete(earlier)
    }
    this.#offsets.set(slab, this.#nextOffset)
  }

  /** The octets of the next slab, with rests as often as it is time, for a source may be silent; undefined where none are wanted. */
  async #filled(filling: Promise<number>, slab: number, rest: Rest | undefined): Promise<number | undefined> {
    const control = this.#control
    const isWanted = (): boolean => control.load(C.Abort) === 0 && !isPastEnd(control, slab)
    const waiting = new AbortController()
    const filled = filling.finally(() => waiting.abort()).catch(() => undefined)
    while (rest !== undefined && isWanted()) {
      const ms = rest.dueInMs()
      if (ms <= 0) {
        if (await this.#hearing.untilOrEnd(slab, () => isJudged(control, slab))) await rest.run()
      } else if (waiting.signal.aborted) break
      else await Promise.race([filled, delay(ms, undefined, { signal: waiting.signal }).catch(() => undefined)])
    }
    if (!isWanted()) return undefined
    const got = await filling
    return isWanted() ? got : undefined
  }
}
