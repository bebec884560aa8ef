import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { FileSlabs } from '../capture/file-slabs.ts'
import { C, type Control } from './control.ts'
import { emptyRingRecord, RingMessage, type RingRecord, type SignallingRing } from './signalling-ring.ts'
import type { SlabThread } from './slab-thread.ts'

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

/** Number of slabs of a file: at least one, so that an empty rest is still walked as the last. */
function slabCount(sizeBytes: number, slabBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / slabBytes))
}

/** A thread's share of the first pass over a file; blocks. For the threads of the pool. */
export function runFileSlabs(thread: SlabThread, file: FileSlabs, slabBytes: number): void {
  const { control } = thread
  const count = slabCount(file.sizeBytes, slabBytes)
  for (;;) {
    const slab = thread.claim()
    if (slab >= count) return
    if (!block(control, C.Commit, () => thread.slotIsFree(slab))) return
    readSlab(thread, file, slab, slabBytes, count)
    if (!finishSlab(thread, slab)) return
  }
}

/** A thread's share of the first pass over slabs that another thread fills; blocks. */
export function runFilledSlabs(thread: SlabThread): void {
  const { control } = thread
  for (;;) {
    const slab = thread.claim()
    if (!block(control, C.Filled, () => control.load(C.Filled) > slab || isPastEnd(control, slab))) return
    if (isPastEnd(control, slab)) return
    if (!finishSlab(thread, slab)) return
  }
}

function finishSlab(thread: SlabThread, slab: number): boolean {
  const { control } = thread
  if (!block(control, C.Token, () => control.load(C.Token) === slab)) return false
  thread.walk(slab)
  if (!block(control, C.Watermark, () => thread.mayBeVerified(slab))) return false
  thread.verify(slab)
  if (!block(control, C.Commit, () => control.load(C.Commit) === slab)) return false
  thread.commit(slab)
  return true
}

/** Waits on `word` until the condition holds; false when the scan was aborted. */
function block(control: Control, word: number, condition: () => boolean): boolean {
  for (;;) {
    const seen = control.load(word)
    if (condition()) return true
    if (control.load(C.Abort) === 1) return false
    control.wait(word, seen)
  }
}

function isPastEnd(control: Control, slab: number): boolean {
  const end = control.load(C.End)
  return end !== 0 && slab >= end
}

function readSlab(thread: SlabThread, file: FileSlabs, slab: number, slabBytes: number, count: number): void {
  const fileOffset = slab * slabBytes
  const want = Math.min(slabBytes, file.sizeBytes - fileOffset)
  const got = file.readInto(thread.bytes, thread.slabOffset(slab), fileOffset, want)
  if (got < want) thread.control.noteLowest(C.Shrunk, slab + 1)
  thread.filled(slab, got, fileOffset, slab === count - 1)
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
  #failure: unknown
  #committed = 0

  constructor(
    thread: SlabThread,
    ring: SignallingRing,
    listener: SignallingListener,
    slabBytes: number,
    onSlab: (slab: number) => void,
  ) {
    this.#thread = thread
    this.#control = thread.control
    this.#ring = ring
    this.#listener = listener
    this.#slabBytes = slabBytes
    this.#onSlab = onSlab
  }

  /** Runs until the last slab is committed. Rejects with what `abort` was given, or with the source's error. */
  async run(source: SlabSource): Promise<void> {
    const filling = source.kind === 'stream' ? this.#fillAll(source).catch((error) => this.abort(error)) : undefined
    const count = source.kind === 'file' ? slabCount(source.file.sizeBytes, this.#slabBytes) : undefined
    if (count !== undefined) this.#control.publish(C.End, count)
    try {
      for (;;) {
        const slab = this.#thread.claim()
        if (count !== undefined && slab >= count) break
        if (!(await this.#takeSlab(slab, source, count))) break
      }
      await this.#until(() => this.#isFinished())
    } catch (error) {
      // The others wait for this thread: without a word they would wait for ever.
      this.abort(error)
    } finally {
      await filling
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Ends the pass at the next turn; the first reason counts. */
  abort(reason: unknown): void {
    this.#failure ??= reason
    this.#control.publish(C.Abort, 1)
    for (const word of [C.Token, C.Watermark, C.Commit, C.Filled, C.RingRead]) Atomics.notify(this.#control.words, word)
  }

  /** Hears what the ring holds, and what was committed. Called while waiting, and by the main thread's own walk when the ring is full. */
  readonly drain = (): void => {
    const record = this.#record
    while (this.#ring.read(record)) {
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
    const committed = this.#control.load(C.Commit)
    if (committed === this.#committed) return
    this.#committed = committed
    this.#listener.committed?.(committed)
  }

  async #takeSlab(slab: number, source: SlabSource, count: number | undefined): Promise<boolean> {
    const control = this.#control
    if (source.kind === 'file') {
      if (!(await this.#until(() => this.#thread.slotIsFree(slab)))) return false
      readSlab(this.#thread, source.file, slab, this.#slabBytes, count as number)
    } else {
      if (!(await this.#until(() => control.load(C.Filled) > slab || isPastEnd(control, slab)))) return false
      if (isPastEnd(control, slab)) return false
    }
    if (!(await this.#until(() => control.load(C.Token) === slab))) return false
    this.#thread.walk(slab)
    if (!(await this.#until(() => this.#thread.mayBeVerified(slab)))) return false
    this.#thread.verify(slab)
    if (!(await this.#until(() => control.load(C.Commit) === slab))) return false
    this.#thread.commit(slab)
    return true
  }

  async #fillAll(source: SlabSource & { kind: 'stream' }): Promise<void> {
    const control = this.#control
    let fileOffset = 0
    for (let slab = 0; ; slab++) {
      if (!(await this.#until(() => this.#thread.slotIsFree(slab)))) return
      const at = this.#thread.slabOffset(slab)
      const filling = source.fill(this.#thread.bytes.subarray(at, at + this.#slabBytes))
      if (source.rest !== undefined && !(await this.#restUntil(filling, slab, source.rest))) return
      const got = await filling
      // The end is only known when nothing more comes: an empty slab is the last one.
      this.#thread.filled(slab, got, fileOffset, got === 0)
      fileOffset += got
      if (got === 0) control.publish(C.End, slab + 1)
      control.publish(C.Filled, slab + 1)
      if (got === 0) return
    }
  }

  /** Rests as often as it is time, until the slab is filled (true) or the scan is aborted (false): a source may be silent. */
  async #restUntil(filling: Promise<unknown>, slab: number, rest: Rest): Promise<boolean> {
    const waiting = new AbortController()
    const filled = filling.finally(() => waiting.abort()).catch(() => undefined)
    while (this.#control.load(C.Abort) === 0) {
      const ms = rest.dueInMs()
      if (ms <= 0) {
        if (!(await this.#until(() => this.#control.load(C.Commit) === slab))) return false
        await rest.run()
      } else if (waiting.signal.aborted) return true
      else await Promise.race([filled, delay(ms, undefined, { signal: waiting.signal }).catch(() => undefined)])
    }
    return false
  }

  #isFinished(): boolean {
    const end = this.#control.load(C.End)
    return end !== 0 && this.#control.load(C.Commit) >= end
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
