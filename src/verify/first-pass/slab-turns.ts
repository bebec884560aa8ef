import type { FileSlabs } from '../../capture/file-slabs.ts'
import { C, type Control } from '../control.ts'
import type { SlabThread } from './slab-thread.ts'

/** Number of slabs of a file: at least one, so that an empty rest is still walked as the last. */
export function slabCount(sizeBytes: number, slabBytes: number): number {
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
  if (!block(control, C.Token, () => control.load(C.Token) === slab || isPastEnd(control, slab))) return false
  if (isPastEnd(control, slab)) return false
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

export function isPastEnd(control: Control, slab: number): boolean {
  const end = control.load(C.End)
  return end !== 0 && slab >= end
}

/** Whether all slabs below this number were heard and committed. */
export function isJudged(control: Control, slabs: number): boolean {
  return control.load(C.Watermark) >= slabs && control.load(C.Commit) >= slabs
}

export function readSlab(thread: SlabThread, file: FileSlabs, slab: number, slabBytes: number, count: number): void {
  const fileOffset = slab * slabBytes
  const want = Math.min(slabBytes, file.sizeBytes - fileOffset)
  const got = file.readInto(thread.bytes, thread.slabOffset(slab), fileOffset, want)
  if (got < want) thread.control.noteLowest(C.Shrunk, slab + 1)
  thread.filled(slab, got, fileOffset, slab === count - 1)
}
