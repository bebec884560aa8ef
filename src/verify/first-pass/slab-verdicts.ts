import { emptySpilledPacket, type SpilledPacket, type SpillWriter } from '../../capture/spill-file.ts'
import { isPlainRtcp, MediaKind } from '../../rtp/media-kind.ts'
import { I, type StreamTable } from '../../rtp/stream-table.ts'
import { Verdict } from '../../srtp/authenticator.ts'
import { C, CF, type Control } from '../control.ts'
import type { KeyTable } from '../key-table.ts'
import type { Lane } from '../lane.ts'
import { D, Outcome, type SlabSlots } from '../slab-slots.ts'

/**
 * Verifies the packets of a slab, in any order of slabs, and commits what came out, in their order. The kernel does
 * both; what it cannot judge (rare suites, RTCP whose tag is shorter or missing) is judged here.
 */
export class SlabVerdicts {
  readonly #lane: Lane
  readonly #control: Control
  readonly #slots: SlabSlots
  readonly #streams: StreamTable
  readonly #keys: KeyTable
  /** Where deferred packets go when the input cannot be read again. */
  readonly #deferred: SpillWriter | undefined
  readonly #packet: SpilledPacket = emptySpilledPacket()

  constructor(
    lane: Lane,
    control: Control,
    slots: SlabSlots,
    streams: StreamTable,
    keys: KeyTable,
    deferred: SpillWriter | undefined,
  ) {
    this.#lane = lane
    this.#control = control
    this.#slots = slots
    this.#streams = streams
    this.#keys = keys
    this.#deferred = deferred
  }

  /** At or below the watermark: verifies what has a key. Touches only the descriptors of its own slab. */
  verify(slab: number): void {
    this.#keys.renew(this.#control.load(C.Generation))
    if (this.#lane.verify() === 0) return
    const { descriptors } = this.#slots
    for (let n = 0; n < this.#lane.count; n++) {
      const d = this.#slots.descriptorAt(slab, n)
      if (descriptors[d + D.Outcome] === Outcome.Left) descriptors[d + D.Outcome] = this.#judge(d)
    }
  }

  /** In slab order: turns outcomes into the streams' counts; a stream's first surprise defers it from there on. */
  commit(slab: number): void {
    const { floats } = this.#control
    if (this.#deferred === undefined) {
      this.#lane.commit(0)
      return
    }
    this.#deferred.begin(floats[CF.DeferredSpillBytes])
    const { count } = this.#lane
    for (let n = this.#lane.commit(0); n < count; n = this.#lane.commit(n + 1)) {
      this.#slots.readPacket(slab, this.#slots.descriptorAt(slab, n), this.#packet)
      this.#deferred.append(this.#packet)
    }
    floats[CF.DeferredSpillBytes] = this.#deferred.flush()
    floats[CF.SpillRefused] += this.#deferred.beyond
    floats[CF.SpillLost] += this.#deferred.lost
  }

  #judge(d: number): number {
    const { bytes, descriptors } = this.#slots
    const i = this.#streams.intsAt(descriptors[d + D.Stream])
    const { ints } = this.#streams
    const authenticator = this.#keys.authenticator(ints[i + I.Key])
    const offset = descriptors[d + D.Offset] >>> 0
    const length = descriptors[d + D.Length]
    if (ints[i + I.Kind] === MediaKind.Rtp) {
      const verdict = authenticator.verifyRtp(bytes, offset, length, descriptors[d + D.Roc])
      return verdict === Verdict.Verified ? Outcome.Verified : Outcome.Deferred
    }
    const verdict = authenticator.verifyRtcp(bytes, offset, length)
    if (verdict === Verdict.Verified) return Outcome.Verified
    if (verdict === Verdict.VerifiedShortTag) return Outcome.VerifiedShortTag
    return isPlainRtcp(bytes, offset, length) ? Outcome.Plain : Outcome.Deferred
  }
}
