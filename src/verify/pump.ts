import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { FileSlabs } from '../capture/file-slabs.ts'
import { C, CF, type Control } from './control.ts'
import { Stage } from './lane-layout.ts'
import { emptyRingRecord, RingMessage, type RingRecord, type SignallingRing } from './signalling-ring.ts'
import type { SlabThread } from './slab-thread.ts'
import { isPastEnd, readSlab, slabCount } from './slab-turns.ts'

/** Where a slab's octets come from. */
export type SlabSource =
  /** A plain file: every thread reads its own slabs. */
  | { readonly kind: 'file'; readonly file: FileSlabs }
  /** Anything else: one thread fills the slabs in order. Resolves with the octets put into `target`, 0 at the end. */
  | { readonly kind: 'stream'; fill(target: Uint8Array): Promise<number>; readonly rest?: Rest | undefined }

/** What the main thread does with what the token's holder hands on, in the trace's order. */
export interface SignallingListener {
  datagram(record: RingRecord): void
  segment(record: RingRecord): void
  /** A whole SIP message that was taken out of its connection. */
  message?(record: RingRecord): void
  /** A datagram of DTLS handshake records. */
  dtls?(record: RingRecord): void
  /** A part of a TLS key log that the capture holds, good during the call only; `left` octets of it are still to come. */
  keyLog?(text: Uint8Array, left: number): void
  /** All signalling of a slab was heard: streams known at its end, time of its last record. Keys are given to streams here. */
  slabEnd(streams: number, timeUs: number): void
  /** The first pass has judged all slabs below this number. */
  committed?(slabs: number): void
}

/** What is done now and then while a stream goes on, when nothing else is under way: every slab so far is judged. */
export interface Rest {
  /** Milliseconds until it is time. */
  dueInMs(): number
  run(): Promise<void>
}

/** Why a trace was not read to its end, or a part of it not judged; what came before is whole. */
export interface Breakage {
  readonly cause: unknown
  /** An offset in the trace's octets. */
  readonly atByte: number
  /** Signalling was heard up to this position only, though packets behind it were met; absent where all was heard. */
  readonly heardUntil?: number
}

/** What is worth a report where a pass ends before its trace. */
export interface Salvage {
  /** What came before a fault of the main thread itself. */
  readonly own: boolean
  /**
   * What came before a thread of the pool died, or a source could not be read on. Else the pass fails: what can be read again is
   * done again without the pool, and of a set nothing is said where one of it cannot be read.
   */
  readonly threads: boolean
}

/**
 * The main thread's side of the first pass: hears the signalling in order, raises the watermark, and takes slabs
 * itself in between. It never blocks on another thread.
 */
export class MainPump {
  readonly #thread: SlabThread
  readonly #control: Control
  readonly #ring: SignallingRing
  readonly #listener: SignallingListener
  readonly #slabBytes: number
  readonly #record = emptyRingRecord()
  readonly #onSlab: (slab: number) => void
  readonly #salvage: Salvage
  #failure: unknown
  /** The failure is this thread's: what was walked and committed by then is whole, but for what it had in hand itself. */
  #isOwnFailure = false
  /** Where the listener failed. */
  #failedAt: number | undefined
  #breakage: Breakage | undefined
  #committed = 0
  /** Where the slabs begin that were filled here and are not committed; and where the next one would. */
  readonly #fileOffsets = new Map<number, number>()
  #nextOffset = 0

  /** @param salvage where the trace cannot be read on, `breakage` says why, and what came before can be judged */
  constructor(
    thread: SlabThread,
    ring: SignallingRing,
    listener: SignallingListener,
    slabBytes: number,
    onSlab: (slab: number) => void,
    salvage: Salvage = { own: false, threads: false },
  ) {
    this.#salvage = salvage
    this.#thread = thread
    this.#control = thread.control
    this.#ring = ring
    this.#listener = listener
    this.#slabBytes = slabBytes
    this.#onSlab = onSlab
  }

  get breakage(): Breakage | undefined {
    return this.#breakage
  }

  /** Runs until the last slab is committed, or until there is none to wait for: `end` tells how it ended. */
  async run(source: SlabSource): Promise<void> {
    const filling = source.kind === 'stream' ? this.#fillAll(source).catch((error) => this.abort(error)) : undefined
    if (source.kind === 'file') this.#control.publish(C.End, slabCount(source.file.sizeBytes, this.#slabBytes))
    try {
      do await this.#hearAll()
      while (await this.#takeSlab(this.#thread, this.#thread.claim(), source))
      await this.#until(() => this.#isFinished())
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
    const begin = this.#fileOffsets.get(judged) ?? this.#nextOffset
    const atByte = source.kind === 'file' ? Math.min(judged * this.#slabBytes, source.file.sizeBytes) : begin
    const isBehind = heardUntil < this.#control.floats[CF.Position]
    this.#breakage = { cause: this.#failure, atByte, ...(isBehind && { heardUntil }) }
  }

  /** The position up to which all signalling of what was walked was heard. */
  #heardUntil(): number {
    if (this.#failedAt === undefined) {
      try {
        // Of what was walked, nothing is missing.
        while (this.#hear());
      } catch {
        // As where the listener failed at first.
      }
    }
    const { stage } = this.#thread.hand
    return this.#failedAt ?? (stage === Stage.Walking ? this.#control.floats[CF.Position] : this.#record.position)
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
    } else if (await this.#until(() => control.load(C.Commit) === slab)) control.publish(C.Commit, slab + 1)
  }

  /** Hears what the ring holds, and what was committed. Called while waiting, and by the main thread's own walk when the ring is full. */
  readonly drain = (): void => {
    while (this.#hear());
    // A slab without media is committed as soon as it was walked.
    const committed = Math.min(this.#control.load(C.Commit), this.#control.load(C.Watermark))
    if (committed === this.#committed) return
    for (let slab = this.#committed; slab < committed; slab++) this.#fileOffsets.delete(slab)
    this.#committed = committed
    this.#listener.committed?.(committed)
  }

  /** The same, with turns for others in between. Other threads can take slabs, but nobody else can hear them. */
  async #hearAll(): Promise<void> {
    while (this.#hear()) if (this.#record.type === RingMessage.SlabEnd) await nextTurn()
  }

  /** Hears the ring's next record; false where there is none. */
  #hear(): boolean {
    const record = this.#record
    if (!this.#ring.read(record)) return false
    try {
      this.#tell(record)
    } catch (error) {
      this.#failedAt ??= record.position
      throw error
    }
    return true
  }

  #tell(record: RingRecord): void {
    if (record.type === RingMessage.Datagram) this.#listener.datagram(record)
    else if (record.type === RingMessage.Segment) this.#listener.segment(record)
    else if (record.type === RingMessage.Message) this.#listener.message?.(record)
    else if (record.type === RingMessage.Dtls) this.#listener.dtls?.(record)
    else if (record.type === RingMessage.KeyLog) this.#listener.keyLog?.(record.payload, record.announcedLength)
    else if (record.type === RingMessage.SlabEnd) {
      this.#listener.slabEnd(record.streams, record.timeUs)
      this.#control.publish(C.Watermark, record.slab + 1)
      this.#onSlab(record.slab)
    }
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
        if (!(await this.#until(() => thread.slotIsFree(slab)))) return false
        readSlab(thread, source.file, slab, this.#slabBytes, control.load(C.End))
      } else if (!(await this.#untilOrEnd(slab, () => control.load(C.Filled) > slab))) return false
      if (!(await this.#untilOrEnd(slab, () => control.load(C.Token) === slab))) return false
      thread.walk(slab)
    }
    // A thread may die before it has said so.
    if (control.load(C.Token) === slab) control.publish(C.Token, slab + 1)
    if (stage < Stage.Committed) {
      if (!(await this.#until(() => thread.mayBeVerified(slab)))) return false
      thread.verify(slab)
      if (!(await this.#until(() => control.load(C.Commit) === slab))) return false
      thread.commit(slab)
    }
    if (control.load(C.Commit) === slab) control.publish(C.Commit, slab + 1)
    return true
  }

  async #fillAll(source: SlabSource & { kind: 'stream' }): Promise<void> {
    const control = this.#control
    let fileOffset = 0
    for (let slab = 0; ; slab++) {
      if (!(await this.#untilOrEnd(slab, () => this.#thread.slotIsFree(slab)))) return
      const at = this.#thread.slabOffset(slab)
      const filling = source.fill(this.#thread.bytes.subarray(at, at + this.#slabBytes))
      const got = await this.#filled(filling, slab, source.rest).catch((cause) => {
        if (!this.#salvage.threads) throw cause
        // As at the trace's end: what came before is judged.
        this.#breakage ??= { cause, atByte: fileOffset }
        return 0
      })
      if (got === undefined) return
      // The end is only known when nothing more comes: an empty slab is the last one.
      this.#thread.filled(slab, got, fileOffset, got === 0)
      this.#fileOffsets.set(slab, fileOffset)
      fileOffset += got
      this.#nextOffset = fileOffset
      if (got === 0) control.publish(C.End, slab + 1)
      control.publish(C.Filled, slab + 1)
      if (got === 0) return
    }
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
        if (await this.#untilOrEnd(slab, () => this.#isJudged(slab))) await rest.run()
      } else if (waiting.signal.aborted) break
      else await Promise.race([filled, delay(ms, undefined, { signal: waiting.signal }).catch(() => undefined)])
    }
    if (!isWanted()) return undefined
    const got = await filling
    return isWanted() ? got : undefined
  }

  #isFinished(): boolean {
    const end = this.#control.load(C.End)
    return end !== 0 && this.#isJudged(end)
  }

  /** All slabs below this number were heard and committed. */
  #isJudged(slabs: number): boolean {
    return this.#control.load(C.Watermark) >= slabs && this.#control.load(C.Commit) >= slabs
  }

  /** The same; false too where the trace ends before the slab. */
  async #untilOrEnd(slab: number, condition: () => boolean): Promise<boolean> {
    const control = this.#control
    return (await this.#until(() => condition() || isPastEnd(control, slab))) && !isPastEnd(control, slab)
  }

  /** Resolves when the condition holds (true) or the scan was aborted (false); hears the ring meanwhile. */
  async #until(condition: () => boolean): Promise<boolean> {
    for (;;) {
      const seen = this.#control.load(C.MainWake)
      this.drain()
      if (condition()) return true
      if (this.#control.load(C.Abort) === 1) return false
      const changed = Atomics.waitAsync(this.#control.words, C.MainWake, seen, 50)
      if (changed.async) await changed.value
      else await nextTurn()
    }
  }
}
