import { emptySpilledPacket, type SpilledPacket, type SpillWriter } from '../capture/spill-file.ts'
import { isPlainRtcp, MediaKind } from '../rtp/media-kind.ts'
import { F, FRAMES_KEPT, I, NO_KEYING, type StreamTable } from '../rtp/stream-table.ts'
import { Verdict } from '../srtp/authenticator.ts'
import { CF, type Control } from './control.ts'
import type { KeyTable } from './key-table.ts'
import { D, S, type SlabSlots } from './slab-slots.ts'

/** What verification found out about a packet; the commit turns it into counts, in order. */
const Outcome = { Deferred: 0, Verified: 1, VerifiedShortTag: 2, Plain: 3, Cut: 4, Unkeyed: 5 } as const

/** Verifies a slab's packets, in any order of slabs, and commits what came out, in their order. */
export class SlabVerdicts {
  readonly #control: Control
  readonly #slots: SlabSlots
  readonly #streams: StreamTable
  readonly #keys: KeyTable
  /** Where deferred packets go when the input cannot be read again. */
  readonly #deferred: SpillWriter | undefined
  readonly #packet: SpilledPacket = emptySpilledPacket()

  constructor(
    control: Control,
    slots: SlabSlots,
    streams: StreamTable,
    keys: KeyTable,
    deferred: SpillWriter | undefined,
  ) {
    this.#control = control
    this.#slots = slots
    this.#streams = streams
    this.#keys = keys
    this.#deferred = deferred
  }

  /** At or below the watermark: verifies what has a key. Touches only its own slab's descriptors. */
  verify(slab: number): void {
    const { meta, descriptors } = this.#slots
    const m = this.#slots.metaAt(slab)
    const count = meta[m + S.Count]
    const first = meta[m + S.FirstPosition]
    for (let n = 0; n < count; n++) {
      const d = this.#slots.descriptorAt(slab, n)
      descriptors[d + D.Outcome] = this.#judge(d, first + descriptors[d + D.Position])
    }
  }

  /** In slab order: turns outcomes into the streams' counts; a stream's first surprise defers it from there on. */
  commit(slab: number): void {
    const { meta } = this.#slots
    const m = this.#slots.metaAt(slab)
    const count = meta[m + S.Count]
    const first = meta[m + S.FirstPosition]
    const { floats } = this.#control
    this.#deferred?.begin(floats[CF.DeferredSpillBytes])
    for (let n = 0; n < count; n++) this.#commitOne(this.#slots.descriptorAt(slab, n), first)
    if (this.#deferred !== undefined) floats[CF.DeferredSpillBytes] = this.#deferred.flush()
  }

  #judge(d: number, position: number): number {
    const words = this.#slots.descriptors
    const stream = words[d + D.Stream]
    const i = this.#streams.intsAt(stream)
    const ints = this.#streams.ints
    const key = ints[i + I.Key]
    if (key === 0 || this.#isDeferred(stream, position)) return Outcome.Deferred
    if (key === NO_KEYING) return Outcome.Unkeyed
    const offset = words[d + D.Offset]
    const length = words[d + D.Length]
    if (length < words[d + D.Announced]) return Outcome.Cut
    const authenticator = this.#keys.authenticator(key)
    const roc = words[d + D.Roc]
    if (ints[i + I.Kind] === MediaKind.Rtp) {
      if (roc < 0) return Outcome.Deferred
      return authenticator.verifyRtp(this.#slots.bytes, offset, length, roc) === Verdict.Verified
        ? Outcome.Verified
        : Outcome.Deferred
    }
    const verdict = authenticator.verifyRtcp(this.#slots.bytes, offset, length)
    if (verdict === Verdict.Verified) return Outcome.Verified
    if (verdict === Verdict.VerifiedShortTag) return Outcome.VerifiedShortTag
    return isPlainRtcp(this.#slots.bytes, offset, length) ? Outcome.Plain : Outcome.Deferred
  }

  #commitOne(d: number, firstPosition: number): void {
    const words = this.#slots.descriptors
    const stream = words[d + D.Stream]
    const position = firstPosition + words[d + D.Position]
    const ints = this.#streams.ints
    const i = this.#streams.intsAt(stream)
    const outcome = words[d + D.Outcome]
    if (outcome === Outcome.Deferred || this.#isDeferred(stream, position)) {
      const f = this.#streams.floatsAt(stream) + F.DeferFrom
      if (this.#streams.floats[f] === 0) this.#streams.floats[f] = position + 1
      if (this.#deferred !== undefined) this.#spill(this.#deferred, d, stream, position)
      return
    }
    if (outcome === Outcome.Plain) this.#plain(i, words[d + D.Frame])
    else if (outcome === Outcome.Cut) ints[i + I.Cut]++
    else if (outcome === Outcome.Unkeyed) ints[i + I.Unkeyed]++
    else {
      if (ints[i + I.Verified]++ === 0) ints[i + I.FirstRoc] = words[d + D.Roc]
      ints[i + I.LastRoc] = words[d + D.Roc]
      if (outcome === Outcome.VerifiedShortTag) ints[i + I.ShortTags]++
      if (ints[i + I.Kind] === MediaKind.Rtp) this.#authenticated(i, d)
    }
  }

  #plain(i: number, frame: number): void {
    const ints = this.#streams.ints
    const seen = ints[i + I.Plain]++
    if (seen < FRAMES_KEPT) ints[i + I.PlainFrames + seen] = frame
  }

  /** RFC 3711 §3.3.1: only a packet that verified moves the highest index. */
  #authenticated(i: number, d: number): void {
    const words = this.#slots.descriptors
    const ints = this.#streams.ints
    const offset = words[d + D.Offset]
    const roc = words[d + D.Roc]
    const sequence = (this.#slots.bytes[offset + 2] << 8) | this.#slots.bytes[offset + 3]
    const ahead =
      roc > ints[i + I.AuthenticatedRoc] ||
      (roc === ints[i + I.AuthenticatedRoc] && sequence > ints[i + I.AuthenticatedSequence])
    if (!ahead && ints[i + I.Verified] > 1) return
    ints[i + I.AuthenticatedRoc] = roc
    ints[i + I.AuthenticatedSequence] = sequence
  }

  /** Whether the stream's packets from here on are the second pass's. */
  #isDeferred(stream: number, position: number): boolean {
    const f = this.#streams.floatsAt(stream)
    const floats = this.#streams.floats
    return (
      reached(floats[f + F.DeferFrom], position) ||
      reached(floats[f + F.ReassembledFrom], position) ||
      reached(floats[f + F.KeyUntil], position)
    )
  }

  #spill(spill: SpillWriter, d: number, stream: number, position: number): void {
    const words = this.#slots.descriptors
    const packet = this.#packet
    packet.position = position
    packet.timeUs = this.#slots.timeOf(d)
    packet.frame = words[d + D.Frame] >>> 0
    packet.capture = words[d + D.Capture]
    packet.stream = stream
    packet.announcedLength = words[d + D.Announced]
    packet.bytes = this.#slots.bytes
    packet.offset = words[d + D.Offset]
    packet.length = words[d + D.Length]
    if (!spill.append(packet)) this.#control.floats[CF.SpillRefused]++
  }
}

/** @param from 1 + a position, or 0 for none */
function reached(from: number, position: number): boolean {
  return from !== 0 && position >= from - 1
}
