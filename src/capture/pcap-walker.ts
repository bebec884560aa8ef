import { LossReason } from './loss.ts'
import { type RecordCursor, Step } from './record.ts'
import { MAX_CAPTURED_LENGTH, MAX_ORIGINAL_LENGTH, SlabWalker } from './slab-walker.ts'
import { Mode, noteLinkType, noteTime, Slot } from './walker-state.ts'

/*
 * Classic pcap (draft-ietf-opsawg-pcap). File header:
 *
 *    0                   1                   2                   3
 *   |                          Magic Number                         |  0
 *   |         Major Version         |         Minor Version         |  4
 *   |                 reserved (time zone, accuracy)                |  8
 *   |                                                               | 12
 *   |                            SnapLen                            | 16
 *   | FCS |f|0 0 0 0 0 0 0 0 0 0 0 0|          LinkType             | 20
 *
 * and before every packet:
 *
 *   |                    Timestamp (Seconds)                        |  0
 *   |             Timestamp (Microseconds or nanoseconds)           |  4
 *   |                    Captured Packet Length                     |  8
 *   |                    Original Packet Length                     | 12
 *   (Kuznetzov's variant: interface index, protocol, packet type; 8 octets more)
 */
const FILE_HEADER = 24
const Magic = { Microseconds: 0xa1b2c3d4, Nanoseconds: 0xa1b23c4d, Modified: 0xa1b2cd34 } as const
/** The upper bits tell of a frame check sequence; libpcap reads the lower 26 as the link type. */
const LINK_TYPE_MASK = 0x03ffffff
const CAPTURED = 8
const ORIGINAL = 12

/** What a header found by searching must keep: the sizes and times of records that belong to one capture. */
const DAY = 86_400
const NEAR = 30 * DAY

/** What a record header led to. */
const Met = { Record: 0, Incomplete: 1, Damage: 2 } as const
type Met = (typeof Met)[keyof typeof Met]

/** Walks classic pcap in both byte orders, microseconds and nanoseconds, with 16 or 24 octets before a packet. */
export class PcapWalker extends SlabWalker {
  #headerLength = 16
  #fractionsPerSecond = 1_000_000
  #nanosecondsPerFraction = 1000
  #linkType = 0
  #snapLength = 0
  #capture = 0

  override open(bytes: Uint8Array, start: number, end: number, fileOffset: number, last: boolean): void {
    super.open(bytes, start, end, fileOffset, last)
    this.#loadFileHeader()
  }

  next(cursor: RecordCursor): Step {
    for (;;) {
      const mode = this.state[Slot.Mode]
      if (mode === Mode.InStep) {
        const met = this.#readRecord(cursor)
        if (met !== Met.Damage) return met
      } else if (mode === Mode.OutOfStep) {
        if (!this.#search()) return Step.Incomplete
      } else if (!this.#readFileHeader()) return Step.Incomplete
    }
  }

  #readRecord(cursor: RecordCursor): Met {
    const { position: at, end, view, littleEndian, state } = this
    if (end - at < this.#headerLength) return end === at || !this.last ? Met.Incomplete : this.#damage(LossReason.Cut)
    let seconds = view.getUint32(at, littleEndian)
    let fraction = view.getUint32(at + 4, littleEndian)
    const captured = view.getUint32(at + CAPTURED, littleEndian)
    const original = view.getUint32(at + ORIGINAL, littleEndian)
    if (!isSane(captured, original, seconds)) {
      this.noteTooLong(captured, original)
      return this.#damage(LossReason.Damaged)
    }
    const data = at + this.#headerLength
    const following = data + captured
    if (following > end) return this.last ? this.#damage(LossReason.Cut) : Met.Incomplete
    // As nearly all are: whole or cut at the snap length, within a day of the record before.
    const isUsual =
      (captured === original || (captured < original && captured === this.#snapLength)) &&
      fraction < this.#fractionsPerSecond &&
      (Math.abs(seconds - state[Slot.Seconds]) <= DAY || state[Slot.Timed] === 0)
    if (!isUsual) {
      // Any other header is believed where a header follows its packet: a wrong length rarely leads to one.
      if (end - following < this.#headerLength) {
        if (!this.last) return Met.Incomplete
      } else if (!this.#follows(following, at)) return this.#damage(LossReason.Damaged)
    }
    if (fraction >= this.#fractionsPerSecond) {
      const over = Math.floor(fraction / this.#fractionsPerSecond)
      seconds += over
      fraction -= over * this.#fractionsPerSecond
    }
    const nanoseconds = fraction * this.#nanosecondsPerFraction
    cursor.dataOffset = data
    cursor.capturedLength = captured
    cursor.keptLength = captured
    cursor.originalLength = Math.max(original, captured)
    cursor.seconds = seconds
    cursor.nanoseconds = nanoseconds
    cursor.linkType = this.#linkType
    cursor.capture = this.#capture
    cursor.frame = ++state[Slot.Frames]
    if (captured < original) state[Slot.TruncatedFrames]++
    noteTime(state, seconds, nanoseconds)
    this.position = following
    return Met.Record
  }

  #damage(reason: LossReason): Met {
    this.fallOutOfStep(reason)
    return Met.Damage
  }

  /**
   * Whether the header at `at` may stand behind the packet of the one at `before`: its time is near, whatever its lengths, or
   * all else is in order, for clocks jump, and captures that were put together jump with each record.
   */
  #follows(at: number, before: number): boolean {
    const { view, littleEndian, state } = this
    const captured = view.getUint32(at + CAPTURED, littleEndian)
    const original = view.getUint32(at + ORIGINAL, littleEndian)
    const seconds = view.getUint32(at, littleEndian)
    if (!isSane(captured, original, seconds)) return false
    if (Math.abs(seconds - view.getUint32(before, littleEndian)) <= NEAR) return true
    if (Math.abs(seconds - state[Slot.Seconds]) <= NEAR) return true
    const fraction = view.getUint32(at + 4, littleEndian)
    return captured > 0 && original >= captured && original < MAX_ORIGINAL_LENGTH && fraction < this.#fractionsPerSecond
  }

  /** Strict enough to pick a header out of any octets, together with a second one where the first packet ends. */
  #isPlausible(at: number): boolean {
    const { view, littleEndian, state } = this
    const captured = view.getUint32(at + CAPTURED, littleEndian)
    if (captured === 0 || captured > MAX_CAPTURED_LENGTH) return false
    const original = view.getUint32(at + ORIGINAL, littleEndian)
    if (original < captured || original > MAX_ORIGINAL_LENGTH) return false
    if (view.getUint32(at + 4, littleEndian) >= this.#fractionsPerSecond) return false
    return state[Slot.Timed] === 0 || Math.abs(view.getUint32(at, littleEndian) - state[Slot.Seconds]) <= NEAR
  }

  /**
   * Looks for two plausible headers, one behind the other's packet, or one whose packet ends with the capture.
   * @returns false where the slab ends before that is decided, or the capture without one
   */
  #search(): boolean {
    const { view, littleEndian, end } = this
    const header = this.#headerLength
    for (; end - this.position >= header; this.position++) {
      const at = this.position
      if (!this.#isPlausible(at)) continue
      const following = at + header + view.getUint32(at + CAPTURED, littleEndian)
      if (following + header > end) {
        if (!this.last) return false
        if (following !== end) continue
      } else if (
        !this.#isPlausible(following) ||
        Math.abs(view.getUint32(following, littleEndian) - view.getUint32(at, littleEndian)) > DAY
      ) {
        continue
      }
      this.backInStep(true)
      return true
    }
    if (this.last) {
      this.position = end
      this.backInStep(false)
    }
    return false
  }

  #readFileHeader(): boolean {
    const { state, view, position } = this
    if (this.end - position < FILE_HEADER) {
      if (this.last && this.end > position) {
        this.fallOutOfStep(LossReason.Cut)
        this.position = this.end
        this.backInStep(false)
      }
      return false
    }
    const read = view.getUint32(position, false)
    this.littleEndian = read !== Magic.Microseconds && read !== Magic.Nanoseconds && read !== Magic.Modified
    const magic = view.getUint32(position, this.littleEndian)
    const linkType = view.getUint32(position + 20, this.littleEndian) & LINK_TYPE_MASK
    state[Slot.LittleEndian] = this.littleEndian ? 1 : 0
    state[Slot.NanosecondFile] = magic === Magic.Nanoseconds ? 1 : 0
    state[Slot.RecordHeaderLength] = magic === Magic.Modified ? 24 : 16
    state[Slot.SnapLength] = view.getUint32(position + 16, this.littleEndian)
    state[Slot.LinkType] = linkType
    noteLinkType(state, linkType)
    state[Slot.Mode] = Mode.InStep
    this.#loadFileHeader()
    this.position += FILE_HEADER
    return true
  }

  #loadFileHeader(): void {
    const { state } = this
    const nanoseconds = state[Slot.NanosecondFile] === 1
    this.#headerLength = state[Slot.RecordHeaderLength]
    this.#fractionsPerSecond = nanoseconds ? 1_000_000_000 : 1_000_000
    this.#nanosecondsPerFraction = nanoseconds ? 1 : 1000
    this.#linkType = state[Slot.LinkType]
    this.#snapLength = state[Slot.SnapLength]
    this.#capture = state[Slot.Capture]
  }
}

/** Could be a record header at all. A header of zeros is the unwritten end of a file, not one of a thousand empty packets. */
function isSane(captured: number, original: number, seconds: number): boolean {
  return captured <= MAX_CAPTURED_LENGTH && (captured > 0 || original !== 0 || seconds !== 0)
}
