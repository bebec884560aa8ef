import { FileSlabs } from '../capture/file-slabs.ts'
import { MergedSpills, type PartSpill } from '../capture/part-spills.ts'
import { SpillReader } from '../capture/spill-file.ts'
import { createWalker, createWalkerState, WALKER_STATE_LENGTH, type WalkedFormat } from '../capture/walker.ts'
import { C } from './control.ts'
import { SlabThread, type SlabThreadInput } from './first-pass/slab-thread.ts'
import { runFileSlabs, runFilledSlabs } from './first-pass/slab-turns.ts'
import { firstThatHolds, type KeyTrial } from './judgement/key-trial.ts'
import { instantiateKernel, type Kernel, type SharedMemory } from './kernel.ts'
import { KeyTable } from './key-table.ts'
import { LaneAt } from './lane-layout.ts'
import type { Resolution, ResolveJob } from './second-pass/resolution.ts'
import { type PacketSource, SecondPass, type Spill } from './second-pass/second-pass.ts'
import { type Layout, laneAddress } from './shared-memory.ts'
import { StreamIndex } from './stream-index.ts'

/** What every thread has to know of the memory that they share. */
export type SharedTables = Pick<SlabThreadInput, 'memory' | 'layout' | 'kernel'>

/** What a thread of the pool is asked to do: its share of the first pass, of the second, or of the keys to try. */
export type VerifyTask = PumpTask | ResolveTask | TrialTask

export interface PumpTask extends SlabThreadInput {
  readonly type: 'pump'
  /** The file that every thread reads by itself; absent where one thread fills the slabs. */
  readonly path?: string
}

export interface ResolveTask extends SharedTables {
  readonly type: 'resolve'
  readonly thread: number
  readonly jobs: readonly ResolveJob[]
  readonly lastPosition: number
  readonly reassembled: Spill
  /** Where the packets are met again: in the file, in the spill of a one-shot input, or in those of parts. */
  readonly from:
    | { readonly path: string; readonly format: WalkedFormat }
    | { readonly deferred: Spill }
    | { readonly parts: readonly PartSpill[] }
}

export interface TrialTask extends SharedTables {
  readonly type: 'trial'
  readonly thread: number
  readonly trials: readonly KeyTrial[]
}

/** Runs a task to its end; blocks. */
export function runTask(task: ResolveTask): Resolution[]
export function runTask(task: TrialTask): number[]
export function runTask(task: VerifyTask): Resolution[] | number[]
export function runTask(task: VerifyTask): Resolution[] | number[] {
  return task.type === 'pump' ? pump(task) : task.type === 'resolve' ? resolve(task) : tryKeys(task)
}

/** For each trial the number of the key that holds, or 0. */
function tryKeys({ memory, layout, kernel, thread, trials }: TrialTask): number[] {
  const keys = new KeyTable(instantiateKernel(kernel, memory), memory.buffer, layout, thread)
  return trials.map((trial) => firstThatHolds(trial, (key) => keys.authenticator(key)))
}

/** The walker that all threads of a first pass take in turn. */
export function sharedWalkerState(memory: SharedMemory, layout: Layout): Float64Array {
  return new Float64Array(memory.buffer, layout.walker, WALKER_STATE_LENGTH)
}

function pump(task: PumpTask): Resolution[] {
  const { memory, layout, format, path } = task
  const walker = createWalker(format, sharedWalkerState(memory, layout))
  const thread = new SlabThread(task, walker, (read) => thread.control.wait(C.RingRead, read))
  thread.up(layout.threads - 1)
  if (path === undefined) {
    runFilledSlabs(thread)
    return []
  }
  const file = new FileSlabs(path)
  try {
    runFileSlabs(thread, file, layout.slabBytes)
  } finally {
    file.close()
  }
  return []
}

function resolve(task: ResolveTask): Resolution[] {
  const { from } = task
  if (!('path' in from)) {
    const source = 'parts' in from ? new MergedSpills(from.parts) : readerOf(from.deferred)
    const pass = secondPassOf(task, source)
    pass.spilled()
    return pass.resolutions()
  }
  const pass = secondPassOf(task)
  const file = new FileSlabs(from.path)
  try {
    const walker = createWalker(from.format, createWalkerState())
    for (let offset = 0, more = true; more; ) {
      const got = file.readInto(pass.target, 0, offset, pass.target.length)
      offset += got
      more = pass.again(walker, got)
    }
  } finally {
    file.close()
  }
  return pass.resolutions()
}

function readerOf({ descriptor, bytes }: Spill): SpillReader {
  return new SpillReader(descriptor, bytes)
}

/** A slot of the first pass that is over: every thread has one for itself. */
function slabRoom({ slabs, headRoomBytes, slabBytes }: Layout, buffer: SharedArrayBuffer, thread: number): Uint8Array {
  const room = headRoomBytes + slabBytes
  return new Uint8Array(buffer, slabs + thread * room, room)
}

/** Looks streams up for a thread, between two passes. */
export function streamIndexOf({ memory, layout, kernel }: SharedTables, thread: number): StreamIndex {
  return indexOf(instantiateKernel(kernel, memory), memory.buffer, layout, thread)
}

function indexOf(kernel: Kernel, buffer: SharedArrayBuffer, layout: Layout, thread: number): StreamIndex {
  return new StreamIndex(kernel, buffer, layout.streams, laneAddress(layout, thread) + LaneAt.Identity)
}

/** A second pass for the jobs of a task, on the tables in its shared memory. */
export function secondPassOf(task: Omit<ResolveTask, 'from' | 'type'>, deferred?: PacketSource): SecondPass {
  const { memory, layout, thread, jobs, lastPosition, reassembled } = task
  const { buffer } = memory
  const kernel = instantiateKernel(task.kernel, memory)
  const keys = new KeyTable(kernel, buffer, layout, thread)
  const spills = { reassembled: readerOf(reassembled), ...(deferred !== undefined && { deferred }) }
  return new SecondPass(
    indexOf(kernel, buffer, layout, thread),
    (key) => keys.authenticator(key),
    jobs,
    lastPosition,
    spills,
    slabRoom(layout, buffer, thread),
  )
}
