import { LIMITS } from '../limits/limits.ts'
import { LossReason } from './loss.ts'
import {
  BlockType,
  BYTE_ORDER_MAGIC,
  ENHANCED,
  OBSOLETE,
  type PacketLayout,
  readInterface,
  readStatistics,
  SHORTEST,
} from './pcapng-block.ts'
import { type RecordCursor, Step, TLS_KEY_LOG } from './record.ts'
import { MAX_BLOCK_LENGTH, MAX_CAPTURED_LENGTH, SlabWalker } from './slab-walker.ts'
import { setTimestamp } from './timestamp.ts'
import { INTERFACE_STRIDE, Mode, noteLinkType, noteLoss, noteTime, Slot } from './walker-state.ts'

/** Type, total length, and the byte-order magic of a section header. */
const BLOCK_HEADER = 12
/** A greater block is damage, not something to be skipped (Wireshark draws the same line). */
const MAX_SKIPPED_LENGTH = LIMITS.blockOctets.most
/** Simple Packet Block (§4.4): original length and data. */
const SIMPLE_DATA = 12
const SIMPLE_OVERHEAD = 16
/** Decryption Secrets Block: octets before the secrets, and all that are not secrets or padding. */
const SECRETS_DATA = 16
const SECRETS_OVERHEAD = 20
/** Octets of a key log that are handed on at a time, where its block need not fit into a slab. */
const SECRETS_PART = 65_536

/** What a block yielded. */
const Met = { Record: Step.Record, Incomplete: Step.Incomplete, Secrets: Step.Secrets, Other: 3 } as const
type Met = (typeof Met)[keyof typeof Met]

/** Walks pcapng: sections in either byte order, any number of interfaces; blocks without packets are passed over. */
export class PcapngWalker extends SlabWalker {
  next(cursor: RecordCursor): Step {
    for (;;) {
      const mode = this.state[Slot.Mode]
      if (mode <= Mode.InStep) {
        const met = this.#readBlock(cursor)
        if (met !== Met.Other) return met
      } else if (mode === Mode.OutOfStep) {
        if (!this.#search()) return Step.Incomplete
      } else if (this.#takeSecrets(cursor)) return Step.Secrets
      else if (!this.#skip()) return Step.Incomplete
    }
  }

  #readBlock(cursor: RecordCursor): Met {
    const { view, state, position: at } = this
    const left = this.end - at
    if (left < BLOCK_HEADER) return left === 0 ? Met.Incomplete : this.#cut()
    const type = view.getUint32(at, this.littleEndian)
    if (type === BlockType.SectionHeader) {
      if (!isSectionMagic(view, at)) return this.#damage(LossReason.Damaged)
      this.#beginSection(at)
    } else if (state[Slot.InSection] === 0) return this.#damage(LossReason.Damaged)
    const total = view.getUint32(at + 4, this.littleEndian)
    if (total < BLOCK_HEADER || (total & 3) !== 0) return this.#damage(LossReason.Damaged)
    if (total > MAX_SKIPPED_LENGTH) {
      if (isKnown(type)) state[Slot.BlocksTooLong]++
      return this.#damage(LossReason.Damaged)
    }
    if (total > MAX_BLOCK_LENGTH) return isRead(type) ? this.#refuseLong(type, at) : this.#passOver(type, at, total)
    if (left < total) return this.#cut()
    if (view.getUint32(at + total - 4, this.littleEndian) !== total) return this.#damage(LossReason.Damaged)
    state[Slot.Mode] = Mode.InStep
    this.position = at + total
    return this.#readBody(cursor, type, at, total)
  }

  /** What a block says whose lengths agree; those of other types are passed over. */
  #readBody(cursor: RecordCursor, type: number, at: number, total: number): Met {
    const { view, state, littleEndian } = this
    if (type === BlockType.EnhancedPacket) return this.#readPacket(cursor, at, total, ENHANCED)
    if (type === BlockType.SimplePacket) return this.#readSimplePacket(cursor, at, total)
    if (type === BlockType.Packet) return this.#readPacket(cursor, at, total, OBSOLETE)
    if (type === BlockType.DecryptionSecrets) return this.#readSecrets(cursor, at, total)
    if (type === BlockType.InterfaceDescription) {
      if (total < SHORTEST[type]) return this.#lose(LossReason.Contradiction, at, total)
      noteLinkType(state, readInterface(view, at, total, littleEndian, state))
    } else if (type === BlockType.InterfaceStatistics && total >= SHORTEST[type])
      readStatistics(view, at, total, littleEndian, state)
    return Met.Other
  }

  /** A block that has to lie in a slab as a whole, and is longer than any may be. */
  #refuseLong(type: number, at: number): Met {
    if (type === BlockType.EnhancedPacket) {
      if (this.end - at < ENHANCED.data) return this.#cut()
      const captured = this.view.getUint32(at + ENHANCED.captured, this.littleEndian)
      this.noteTooLong(captured, this.view.getUint32(at + ENHANCED.original, this.littleEndian))
    }
    return this.#damage(LossReason.Damaged)
  }

  /** Skips a block through as many slabs as it takes; a key log in it is handed on part by part. */
  #passOver(type: number, at: number, total: number): Met {
    const { state } = this
    const head = type === BlockType.DecryptionSecrets ? SECRETS_DATA : 0
    if (this.end - at < head) return this.#cut()
    if (head > 0 && !this.#beginSecrets(at, total)) this.#lose(LossReason.Contradiction, at, total)
    this.position = at + head
    state[Slot.SkipLeft] = total - head
    state[Slot.OutSince] = this.origin + at
    state[Slot.Mode] = Mode.Skipping
    return Met.Other
  }

  /** Decryption Secrets Block (§4.7): type, length, data. */
  #readSecrets(cursor: RecordCursor, at: number, total: number): Met {
    const { view, littleEndian } = this
    if (total < SHORTEST[BlockType.DecryptionSecrets]) return this.#lose(LossReason.Contradiction, at, total)
    const length = view.getUint32(at + 12, littleEndian)
    if (length > total - SECRETS_OVERHEAD) return this.#lose(LossReason.Contradiction, at, total)
    cursor.linkType = view.getUint32(at + 8, littleEndian)
    cursor.dataOffset = at + SECRETS_DATA
    cursor.capturedLength = length
    cursor.keptLength = length
    cursor.originalLength = 0
    return Met.Secrets
  }

  /** A key log larger than a slab may be. False where it says more than its block holds; other secrets are passed over. */
  #beginSecrets(at: number, total: number): boolean {
    const { view, littleEndian, state } = this
    if (view.getUint32(at + 8, littleEndian) !== TLS_KEY_LOG) return true
    const length = view.getUint32(at + 12, littleEndian)
    if (length > total - SECRETS_OVERHEAD) return false
    state[Slot.SecretsLeft] = length
    return true
  }

  /** The next part of the key log that the block being skipped holds. */
  #takeSecrets(cursor: RecordCursor): boolean {
    const { state } = this
    const step = Math.min(state[Slot.SecretsLeft], this.end - this.position, SECRETS_PART)
    if (step === 0) return false
    cursor.linkType = TLS_KEY_LOG
    cursor.dataOffset = this.position
    cursor.capturedLength = step
    cursor.keptLength = step
    this.position += step
    state[Slot.SkipLeft] -= step
    state[Slot.SecretsLeft] -= step
    cursor.originalLength = state[Slot.SecretsLeft]
    return true
  }

  #readPacket(cursor: RecordCursor, at: number, total: number, layout: PacketLayout): Met {
    const { view, state, littleEndian } = this
    if (total < layout.overhead) return this.#lose(LossReason.Contradiction, at, total)
    const captured = view.getUint32(at + layout.captured, littleEndian)
    if (captured > total - layout.overhead || captured > MAX_CAPTURED_LENGTH) {
      if (captured <= total - layout.overhead)
        this.noteTooLong(captured, view.getUint32(at + layout.original, littleEndian))
      return this.#lose(LossReason.Contradiction, at, total)
    }
    const number =
      layout.interfaceOctets === 4 ? view.getUint32(at + 8, littleEndian) : view.getUint16(at + 8, littleEndian)
    if (number >= state[Slot.InterfaceCount]) return this.#lose(LossReason.UnknownInterface, at, total)
    const row = Slot.Interfaces + number * INTERFACE_STRIDE
    const high = view.getUint32(at + layout.timeHigh, littleEndian)
    const low = view.getUint32(at + layout.timeHigh + 4, littleEndian)
    setTimestamp(cursor, high, low, state[row + 2], state[row + 3])
    noteTime(state, cursor.seconds, cursor.nanoseconds)
    const original = view.getUint32(at + layout.original, littleEndian)
    return this.#emit(cursor, at + layout.data, captured, original, state[row])
  }

  /** A Simple Packet Block belongs to interface 0, has no time (the one before stands in) and no captured length. */
  #readSimplePacket(cursor: RecordCursor, at: number, total: number): Met {
    const { view, state } = this
    if (total < SIMPLE_OVERHEAD) return this.#lose(LossReason.Contradiction, at, total)
    if (state[Slot.InterfaceCount] === 0) return this.#lose(LossReason.UnknownInterface, at, total)
    const original = view.getUint32(at + 8, this.littleEndian)
    const snapLength = state[Slot.Interfaces + 1]
    const captured = snapLength > 0 && snapLength < original ? snapLength : original
    if (captured > total - SIMPLE_OVERHEAD || captured > MAX_CAPTURED_LENGTH) {
      return this.#lose(LossReason.Contradiction, at, total)
    }
    cursor.seconds = state[Slot.Seconds]
    cursor.nanoseconds = state[Slot.Nanoseconds]
    return this.#emit(cursor, at + SIMPLE_DATA, captured, original, state[Slot.Interfaces])
  }

  #emit(cursor: RecordCursor, data: number, captured: number, original: number, linkType: number): Met {
    const { state } = this
    cursor.dataOffset = data
    cursor.capturedLength = captured
    cursor.keptLength = captured
    cursor.originalLength = Math.max(original, captured)
    cursor.linkType = linkType
    cursor.capture = state[Slot.Capture]
    cursor.frame = ++state[Slot.Frames]
    if (captured < original) state[Slot.TruncatedFrames]++
    return Met.Record
  }

  /** The block's frame is sound, its fields are not: only this block is lost. */
  #lose(reason: LossReason, at: number, total: number): Met {
    noteLoss(this.state, reason, this.origin + at, total)
    return Met.Other
  }

  /** The slab ends before the block does: the next one goes on with it, unless the capture ends here. */
  #cut(): Met {
    return this.last ? this.#damage(LossReason.Cut) : Met.Incomplete
  }

  #damage(reason: LossReason): Met {
    this.fallOutOfStep(reason)
    return Met.Other
  }

  /** Interfaces are numbered anew in every section (§4.1). */
  #beginSection(at: number): void {
    const { state } = this
    this.littleEndian = this.view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC
    state[Slot.LittleEndian] = this.littleEndian ? 1 : 0
    state[Slot.InSection] = 1
    state[Slot.InterfaceCount] = 0
  }

  /** @returns false where the slab ends inside the block that is skipped */
  #skip(): boolean {
    const { state } = this
    const step = Math.min(state[Slot.SkipLeft], this.end - this.position)
    this.position += step
    state[Slot.SkipLeft] -= step
    if (state[Slot.SkipLeft] === 0) {
      state[Slot.Mode] = Mode.InStep
      return true
    }
    if (this.last) {
      state[Slot.OutReason] = LossReason.Cut
      this.backInStep(false)
      state[Slot.SkipLeft] = 0
      state[Slot.SecretsLeft] = 0
    }
    return false
  }

  /**
   * Looks for a block of a known type whose two lengths agree.
   * @returns false where the slab ends before that is decided, or the capture without one
   */
  #search(): boolean {
    const { view, end } = this
    for (; end - this.position >= BLOCK_HEADER; this.position++) {
      const at = this.position
      const type = view.getUint32(at, this.littleEndian)
      if (!isKnown(type)) continue
      let littleEndian = this.littleEndian
      if (type === BlockType.SectionHeader) {
        if (!isSectionMagic(view, at)) continue
        littleEndian = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC
      } else if (this.state[Slot.InSection] === 0) continue
      const total = view.getUint32(at + 4, littleEndian)
      if (total < SHORTEST[type] || (total & 3) !== 0 || total > MAX_BLOCK_LENGTH) continue
      if (at + total > end) {
        if (!this.last) return false
        continue
      }
      if (view.getUint32(at + total - 4, littleEndian) !== total) continue
      if (type === BlockType.EnhancedPacket && !this.#isPacket(at, total)) continue
      this.backInStep(true)
      return true
    }
    if (this.last) {
      this.position = end
      this.backInStep(false)
    }
    return false
  }

  #isPacket(at: number, total: number): boolean {
    const captured = this.view.getUint32(at + ENHANCED.captured, this.littleEndian)
    return (
      captured <= total - ENHANCED.overhead &&
      this.view.getUint32(at + 8, this.littleEndian) < this.state[Slot.InterfaceCount]
    )
  }
}

/** Blocks that are read, not skipped: they must lie in the slab as a whole. */
function isRead(type: number): boolean {
  return type <= BlockType.SimplePacket || type === BlockType.EnhancedPacket || type === BlockType.SectionHeader
}

/** SHORTEST has it; comparing first keeps a search through octets that are none of them fast. */
function isKnown(type: number): boolean {
  if (type <= BlockType.DecryptionSecrets) return SHORTEST[type] !== undefined
  return type === BlockType.SectionHeader || type === BlockType.Custom || type === BlockType.CustomNotCopied
}

function isSectionMagic(view: DataView, at: number): boolean {
  return view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC || view.getUint32(at + 8, false) === BYTE_ORDER_MAGIC
}
