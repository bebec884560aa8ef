import { LIMITS } from '../limits/limits.ts'
import { LossReason } from './loss.ts'
import type { RecordCursor, Step } from './record.ts'
import { Mode, noteLoss, Slot } from './walker-state.ts'

/** The largest record of any capture (libpcap's MAXIMUM_SNAPLEN): a greater captured length is damage. */
export const MAX_CAPTURED_LENGTH = LIMITS.recordOctets.most
/** Lengths from here on are no records': they are octets that something else wrote. */
export const MAX_ORIGINAL_LENGTH = 0x1000000
/**
 * The largest block that must lie in a slab as a whole: a packet of the largest size and 64 KiB of options. No walker
 * leaves more octets than this undecided at the end of a slab.
 */
export const MAX_BLOCK_LENGTH = MAX_CAPTURED_LENGTH + 65_536

/**
 * Walks the records of a capture through slabs (windows of one octet stream, one after the other). All state that
 * outlives a slab lies in the Float64Array the walker was made with (see walker-state.ts), so another walker of the
 * same format on the same state may take the next slab, in another thread. Where slabs end never changes a decision.
 */
export interface RecordWalker {
  /**
   * Points the walker at octets [start, end) of `bytes`. `fileOffset` is the offset of `bytes[start]` in the
   * (decompressed) capture; `last` says that no octet follows `end`.
   */
  open(bytes: Uint8Array, start: number, end: number, fileOffset: number, last: boolean): void
  /**
   * The next record, or secrets to open records with, into `cursor`; or Step.Incomplete: nothing more in this slab. The octets from `position` on (at
   * most MAX_CARRY_BYTES) must then stand at the head of the next slab; under `last` none are left, and what yielded
   * no record has been stated as lost.
   */
  next(cursor: RecordCursor): Step
  /**
   * Where the octets begin that are not yet decided: an index into the slab's bytes. Whoever takes records in by other
   * means, on the same state, moves it behind them.
   */
  position: number
}

/** What all walkers of foreign octets share: the window on the slab, and what happens on damage. */
export abstract class SlabWalker implements RecordWalker {
  position = 0
  protected readonly state: Float64Array
  protected view: DataView = new DataView(new ArrayBuffer(0))
  protected end = 0
  protected last = false
  protected littleEndian = false
  /** Offset in the capture of index 0 of the slab's bytes; negative where the slab starts at a later index. */
  protected origin = 0
  #bytes: Uint8Array | undefined

  constructor(state: Float64Array) {
    this.state = state
  }

  open(bytes: Uint8Array, start: number, end: number, fileOffset: number, last: boolean): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    this.position = start
    this.end = end
    this.origin = fileOffset - start
    this.last = last
    this.littleEndian = this.state[Slot.LittleEndian] === 1
  }

  abstract next(cursor: RecordCursor): Step

  /** No record begins at the position: from the next octet on the walker looks for one. */
  protected fallOutOfStep(reason: LossReason): void {
    this.state[Slot.Mode] = Mode.OutOfStep
    this.state[Slot.OutSince] = this.origin + this.position
    this.state[Slot.OutReason] = reason
    this.position++
  }

  /** Counts a record that is longer than any that is read, where its lengths are such as a record's could be. */
  protected noteTooLong(captured: number, original: number): void {
    if (captured <= MAX_CAPTURED_LENGTH || captured > MAX_ORIGINAL_LENGTH) return
    if (original >= captured && original <= MAX_ORIGINAL_LENGTH) this.state[Slot.RecordsTooLong]++
  }

  /** The position is a record again, or (`found` false) the capture has ended: states what lies between as lost. */
  protected backInStep(found: boolean): void {
    const { state } = this
    const since = state[Slot.OutSince]
    // A record that seemed to reach past the end, and yet records follow: its length was wrong, nothing was cut.
    const reason = found ? LossReason.Damaged : (state[Slot.OutReason] as LossReason)
    noteLoss(state, reason, since, this.origin + this.position - since)
    state[Slot.Mode] = Mode.InStep
  }
}
