import type { MediaKind } from '../../rtp/media-kind.ts'
import type { StepSpan } from '../../rtp/timelines.ts'
import type { PlainStretch } from '../../srtp/plain-stretch.ts'
import type { ScheduledKey } from '../../srtp/scheduled-key.ts'
import type { UnseenStretch } from '../../srtp/unseen-stretch.ts'
import type { Verdict } from '../../srtp/verdict.ts'
import type { ResolvedSteps } from './resolved-steps.ts'
import type { PacketPlace, RocChange } from './rollover.ts'

/** A stream that the second pass judges, from its packet at position `from` on. */
export interface ResolveJob {
  readonly stream: number
  readonly kind: MediaKind
  readonly from: number
  readonly keys: readonly ScheduledKey[]
  /** Where none of the keys holds there is another that is not known: such packets are not judged. */
  readonly keysHaveGaps?: boolean
  /** Positions of packets that came again, in their order. */
  readonly repeats?: readonly number[]
  /** When the session was agreed to be in the clear. */
  readonly plain?: readonly PlainStretch[]
  /** Packets of an agreement that was not captured stay unverified. */
  readonly unseen?: readonly UnseenStretch[]
  /** How often its rollover counter may be searched for, and how many tries of its keys may fail; as they are needed where not given. */
  readonly effort?: Effort
  /** The stream's steps, where they are asked for. */
  readonly span?: StepSpan
  /** Highest index that the first pass verified before `from`. */
  readonly authenticated?: { readonly roc: number; readonly sequence: number }
}

/** What may be spent on a stream, and whether that is less than it might need. */
export interface Effort {
  readonly searches: number
  readonly trials: number
  readonly isSearchedLess: boolean
  readonly isTriedLess: boolean
}

/** A packet kept as it was, for the explainer. */
export interface SampledPacket {
  readonly position: number
  readonly frame: number
  readonly roc: number
  readonly bytes: Uint8Array
}

export interface Resolution {
  readonly stream: number
  verified: number
  failed: number
  plain: number
  /**
   * Packets in the clear, or under no key that was ever agreed, while the session was agreed to be plain; and RTP
   * headers without a payload, which keep a NAT open (RFC 6263 §4.6): there is nothing to protect.
   */
  agreedPlain: number
  cut: number
  /** Packets of a suite without authentication. */
  unauthenticated: number
  /** Packets of a time that no key is known of. */
  unkeyed: number
  shortTags: number
  firstRoc: number
  lastRoc: number
  /** A packet verified under another rollover counter than the one before it. */
  rocMoved: boolean
  /** Verified packets by key number. */
  readonly byKey: Map<number, number>
  firstFailedFrame: number
  firstFailedUs: number
  lastFailedFrame: number
  readonly failedFrames: number[]
  readonly plainFrames: number[]
  readonly sample: SampledPacket[]
  readonly rocChanges: readonly RocChange[]
  /** Changes beyond those that are kept. */
  rocChangesBeyond: number
  /** Positions of packets that came again and verified. */
  readonly replays: number[]
  /** Others, whose number came before under another key. */
  renumbered: number
  /** The last packets, if all of them fail since one that verified or since the first. */
  failingEnd: FailingEnd | undefined
  /** Empty where no steps are asked for. */
  readonly steps: ResolvedSteps
}

/** Of a stream none of whose packets was judged yet. @param rocChanges grows with them */
export function emptyResolution(stream: number, rocChanges: readonly RocChange[]): Resolution {
  return {
    stream,
    verified: 0,
    failed: 0,
    plain: 0,
    agreedPlain: 0,
    cut: 0,
    unauthenticated: 0,
    unkeyed: 0,
    shortTags: 0,
    firstRoc: 0,
    lastRoc: 0,
    rocMoved: false,
    byKey: new Map(),
    firstFailedFrame: 0,
    firstFailedUs: 0,
    lastFailedFrame: 0,
    failedFrames: [],
    plainFrames: [],
    sample: [],
    rocChanges,
    rocChangesBeyond: 0,
    replays: [],
    renumbered: 0,
    failingEnd: undefined,
    steps: {},
  }
}

/** A stretch of failing packets that nothing that verifies comes after. */
export interface FailingEnd extends PacketPlace {
  failed: number
}

/** Under what a packet verified, or would have been. */
export interface TriedKey {
  /** Number in the key table. */
  key: number
  verdict: Verdict
  /** RTP: its rollover counter; -1 where no packet has proven one yet. */
  roc: number
  /** The rollover counter that the key's first packet is expected under. */
  start: number
}
