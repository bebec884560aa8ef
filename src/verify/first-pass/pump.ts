import type { Breakage, Salvage } from '../breakage.ts'
import { C, CF, type Control } from '../control.ts'
import { Stage } from '../lane-layout.ts'
import type { Hearing } from './hearing.ts'
import { SlabFiller } from './slab-filler.ts'
import type { SlabSource, StreamSource } from './slab-source.ts'
import type { SlabThread } from './slab-thread.ts'
import { isJudged, isPastEnd, readSlab, slabCount } from './slab-turns.ts'

/**
 * The main thread's side of the first pass: hears the signalling in order, raises the watermark, and takes slabs
 * itself in between. It never blocks on another thread.
 */
export class MainPump {
  readonly #thread: SlabThread
  readonly #control: Control
  readonly #hearing: Hearing
  readonly #filler: SlabFiller
  readonly #slabBytes: number
  readonly #salvage: Salvage
  #failure: unknown
  /** The failure is this thread's: what was walked and committed by then is whole, but for what it had in hand itself. */
  #isOwnFailure = false
  #breakage: Breakage | undefined

  /** @param salvage where the trace cannot be read on, `breakage` says why, and what came before can be judged */
  constructor(thread: SlabThread, hearing: Hearing, slabBytes: number, salvage: Salvage) {
    this.#thread = thread
    this.#control = thread.control
    this.#hearing = hearing
    this.#filler = new SlabFiller(thread, hearing, slabBytes)
    this.#slabBytes = slabBytes
    this.#salvage = salvage
  }

  get breakage(): Breakage | undefined {
    return this.#breakage
  }

  /** Runs until the last slab is committed, or until there is none to wait for: `end` tells how it ended. */
  async run(source: SlabSource): Promise<void> {
    const filling = source.kind === 'stream' ? this.#fill(source) : undefined
    if (source.kind === 'file') this.#control.publish(C.End, slabCount(source.file.sizeBytes, this.#slabBytes))
    try {
      do await this.#hearing.all()
      while (await this.#takeSlab(this.#thread, this.#thread.claim(), source))
      await this.#hearing.until(() => this.#isFinished())
    } catch (error) {
      // The others wait for this thread: without a word they would wait for ever.
      this.abort(error)
      this.#isOwnFailure = this.#failure === error
    } finally {
      await filling
    }
  }

  /**
   * Call once all threads have ended.
   *
   * @throws what the pass ended with, unless what came before is worth a report: `breakage` says so then
   */
  end(source: SlabSource): void {
    if (this.#failure === undefined) return
    const heardUntil = this.#isOwnFailure && this.#salvage.own ? this.#heardUntil() : 0
    if (heardUntil === 0) throw this.#failure
    const judged = Math.min(this.#control.load(C.Commit), this.#control.load(C.Watermark))
    const atByte =
      source.kind === 'file' ? Math.min(judged * this.#slabBytes, source.file.sizeBytes) : this.#filler.offsetOf(judged)
    const isBehind = heardUntil < this.#control.floats[CF.Position]
    this.#breakage = { cause: this.#failure, atByte, ...(isBehind && { heardUntil }) }
  }

  /** The position up to which all signalling of what was walked was heard. */
  #heardUntil(): number {
    if (this.#hearing.failedAt === undefined) {
      try {
        // Of what was walked, nothing is missing.
        while (this.#hearing.hear());
      } catch {
        // As where the listener failed at first.
      }
    }
    const { failedAt, position } = this.#hearing
    const { stage } = this.#thread.hand
    return failedAt ?? (stage === Stage.Walking ? this.#control.floats[CF.Position] : position)
  }

  /** Ends the pass at the next turn; the first reason counts. */
  abort(reason: unknown): void {
    this.#failure ??= reason
    this.#control.publish(C.Abort, 1)
    this.#wakeAll()
  }

  #wakeAll(): void {
    for (const word of [C.Token, C.Watermark, C.Commit, C.Filled, C.RingRead]) Atomics.notify(this.#control.words, word)
  }

  /**
   * Ends what a thread that died had in hand, unless that was half done. Resolves when that is so.
   *
   * @param thread one of this thread's, with the lane of the one that died
   * @param cause why that died
   */
  async standIn(thread: SlabThread, source: SlabSource, cause: unknown): Promise<void> {
    const { slab, stage } = thread.hand
    if (stage === Stage.None) return
    if (stage !== Stage.Walking && stage !== Stage.Committing) {
      try {
        await this.#takeSlab(thread, slab, source, stage)
        return
      } catch {
        // What it died of is in the slab.
      }
    }
    await this.#giveUp(thread, cause)
  }

  /** A slab is half walked: the trace ends before it. Or it cannot be judged: it is committed without a verdict. */
  async #giveUp(thread: SlabThread, cause: unknown): Promise<void> {
    const control = this.#control
    const { slab, stage } = thread.hand
    if (!this.#salvage.threads || stage === Stage.Claimed || slab === 0) {
      this.abort(cause)
      return
    }
    this.#breakage ??= { cause, atByte: thread.fileOffset(slab) }
    if (stage === Stage.Walking) {
      control.publish(C.End, slab)
      this.#wakeAll()
    } else if (await this.#hearing.until(() => control.load(C.Commit) === slab)) control.publish(C.Commit, slab + 1)
  }

  /** Takes a slab from its `stage` to its end. False where the trace ends before it, or the scan was aborted. */
  async #takeSlab(
    thread: SlabThread,
    slab: number,
    source: SlabSource,
    stage: Stage = Stage.Claimed,
  ): Promise<boolean> {
    const control = this.#control
    if (stage < Stage.Walked) {
      if (source.kind === 'file') {
        if (isPastEnd(control, slab)) return false
        if (!(await this.#hearing.until(() => thread.slotIsFree(slab)))) return false
        readSlab(thread, source.file, slab, this.#slabBytes, control.load(C.End))
      } else if (!(await this.#hearing.untilOrEnd(slab, () => control.load(C.Filled) > slab))) return false
      if (!(await this.#hearing.untilOrEnd(slab, () => control.load(C.Token) === slab))) return false
      thread.walk(slab)
    }
    // A thread may die before it has said so.
    if (control.load(C.Token) === slab) control.publish(C.Token, slab + 1)
    if (stage < Stage.Committed) {
      if (!(await this.#hearing.until(() => thread.mayBeVerified(slab)))) return false
      thread.verify(slab)
      if (!(await this.#hearing.until(() => control.load(C.Commit) === slab))) return false
      thread.commit(slab)
    }
    if (control.load(C.Commit) === slab) control.publish(C.Commit, slab + 1)
    return true
  }

  async #fill(source: StreamSource): Promise<void> {
    // As at the trace's end: what came before is judged.
    const onBroken = (breakage: Breakage): void => {
      this.#breakage ??= breakage
    }
    try {
      await this.#filler.fillAll(source, this.#salvage.threads ? onBroken : undefined)
    } catch (error) {
      this.abort(error)
    }
  }

  #isFinished(): boolean {
    const end = this.#control.load(C.End)
    return end !== 0 && isJudged(this.#control, end)
  }
}
