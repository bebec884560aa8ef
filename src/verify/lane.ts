import type { RecordWalker, WalkedFormat } from '../capture/walker.ts'
import { CONTROL_FLOATS_AT } from './control.ts'
import type { Kernel } from './kernel.ts'
import { LaneAt, LaneFormat, type Stage } from './lane-layout.ts'
import { type Layout, laneAddress } from './shared-memory.ts'
import { S, type SlabSlots } from './slab-slots.ts'

const FORMATS: Readonly<Record<WalkedFormat, number>> = {
  pcap: LaneFormat.Pcap,
  pcapng: LaneFormat.Pcapng,
  merged: LaneFormat.Merged,
}

/**
 * The kernel's lane through one slab at a time: it takes in the usual records, verifies their packets and commits what
 * came out. What is not usual it leaves to the walker and the decoder, record by record, so that the order stays.
 */
export class Lane {
  /** Address of the lane's own room for the identity of a stream. */
  readonly identityAt: number
  readonly #kernel: Kernel
  readonly #at: number
  readonly #words: Uint32Array
  readonly #floats: Float64Array
  readonly #slots: SlabSlots

  /** @param spills true where deferred packets are kept by the caller as they are committed */
  constructor(
    kernel: Kernel,
    buffer: ArrayBufferLike,
    layout: Layout,
    lane: { readonly thread: number; readonly format: WalkedFormat; readonly spills: boolean },
    slots: SlabSlots,
  ) {
    const at = laneAddress(layout, lane.thread)
    this.#kernel = kernel
    this.#at = at
    this.#slots = slots
    this.#words = new Uint32Array(buffer, at, LaneAt.Identity / 4)
    this.#floats = new Float64Array(buffer, at, LaneAt.Identity / 8)
    this.identityAt = at + LaneAt.Identity
    this.#set(LaneAt.Format, FORMATS[lane.format])
    this.#set(LaneAt.Spills, lane.spills ? 1 : 0)
    this.#set(LaneAt.Walker, layout.walker)
    this.#set(LaneAt.Control, layout.control + CONTROL_FLOATS_AT)
    this.#set(LaneAt.Streams, layout.streams)
    this.#set(LaneAt.Keys, layout.keys)
    // Of a thread that died it may be set.
    this.#set(LaneAt.Nines, 0)
  }

  /** Address of room for what is hashed. */
  get scratch(): number {
    return this.#words[LaneAt.HmacScratch / 4]
  }

  /** Its kernel was given what hashes nine messages at a time. */
  hashNines(): void {
    this.#set(LaneAt.Nines, 1)
  }

  /** Media packets of the slab so far. */
  get count(): number {
    return this.#words[LaneAt.Count / 4]
  }

  /** Says how far its thread is with a slab, so that another may take over. */
  hold(slab: number, stage: Stage): void {
    Atomics.store(this.#words, LaneAt.Slab / 4, slab)
    Atomics.store(this.#words, LaneAt.Stage / 4, stage)
  }

  /** The slab in hand, and how far its thread is with it, or was when it died. */
  get hand(): { readonly slab: number; readonly stage: Stage } {
    const words = this.#words
    return { slab: Atomics.load(words, LaneAt.Slab / 4), stage: Atomics.load(words, LaneAt.Stage / 4) as Stage }
  }

  /** Enters a slab that the walker was opened on. */
  enter(slab: number): void {
    const { meta } = this.#slots
    const m = this.#slots.metaAt(slab)
    this.#floats[LaneAt.FirstPosition / 8] = meta[m + S.FirstPosition]
    this.#set(LaneAt.End, meta[m + S.End])
    this.#set(LaneAt.Count, 0)
    this.#set(LaneAt.Descriptors, this.#slots.descriptors.byteOffset + this.#slots.descriptorAt(slab, 0) * 4)
  }

  /** Under the token: takes in records from where the walker stands, and moves it in front of the first unusual one. */
  takeUsual(walker: RecordWalker): void {
    this.#set(LaneAt.Position, walker.position)
    this.#kernel.takeUsualRecords(this.#at)
    walker.position = this.#words[LaneAt.Position / 4]
  }

  /**
   * The same, writing the lean trace of what it takes in to address `lean` on; returns where that ends. There must be room
   * for one and a half times the slab.
   */
  writeLean(walker: RecordWalker, lean: number): number {
    this.#set(LaneAt.Lean, lean)
    this.takeUsual(walker)
    return this.#words[LaneAt.Lean / 4]
  }

  /** States anew which position those of the slab's packets count from. */
  rebase(position: number): void {
    this.#floats[LaneAt.FirstPosition / 8] = position
  }

  /** The number of the next descriptor, for a packet that did not come by the lane. */
  addDescriptor(): number {
    return this.#words[LaneAt.Count / 4]++
  }

  /** Verifies the packets of the slab; returns how many have Outcome.Left. */
  verify(): number {
    return this.#kernel.verifySlab(this.#at)
  }

  /** Commits the packets of the slab from number `from` on; returns the number of one to be kept, or their count. */
  commit(from: number): number {
    return this.#kernel.commitSlab(this.#at, from)
  }

  #set(at: number, value: number): void {
    this.#words[at / 4] = value
  }
}
