import { isPlainRtcp, MediaKind } from '../rtp/media-kind.ts'
import { FRAMES_KEPT } from '../rtp/stream-table.ts'
import { type Authenticator, Verdict } from '../srtp/authenticator.ts'
import { estimateRoc } from '../srtp/packet-index.ts'
import type { ScheduledKey } from '../srtp/scheduled-key.ts'

/** A stream that the second pass judges, from its packet at position `from` on. */
export interface ResolveJob {
  readonly stream: number
  readonly kind: MediaKind
  readonly from: number
  readonly keys: readonly ScheduledKey[]
  /** Where none of the keys holds there is another that is not known: such packets are not judged. */
  readonly keysHaveGaps?: boolean
  /** Highest index that the first pass verified before `from`. */
  readonly authenticated?: { readonly roc: number; readonly sequence: number }
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
  lastFailedFrame: number
  readonly failedFrames: number[]
  readonly plainFrames: number[]
  readonly sample: SampledPacket[]
}

/** The explainer's sample, at most (rules.md, "Explaining a failure"). */
const SAMPLE = 32
/** RFC 3711 §3.3.1 gives no way to learn the counter of a stream joined late: it is searched for, on few packets. */
const SEARCHED_ROCS = 4096
const SEARCHES_PER_KEY = 8
const MAX_SEARCHES = 256
const SEARCH_EVERY = 64

/** The rollover counter above 0 under which the packet verifies, or -1. */
function findRolloverCounter(authenticator: Authenticator, bytes: Uint8Array, offset: number, length: number): number {
  if (authenticator.findRolloverCounter !== undefined) {
    return authenticator.findRolloverCounter(bytes, offset, length, 1, SEARCHED_ROCS)
  }
  for (let roc = 1; roc < SEARCHED_ROCS; roc++) {
    if (authenticator.verifyRtp(bytes, offset, length, roc) === Verdict.Verified) return roc
  }
  return -1
}

/** Judges one stream's packets in frame order with everything that is known about its keys. Pure: no clock, no I/O. */
export class StreamResolver {
  readonly resolution: Resolution
  readonly #job: ResolveJob
  readonly #authenticators: (key: number) => Authenticator
  #agreement = 0
  #roc = 0
  #highest = -1
  #authenticated = false
  #failedSinceSearch = SEARCH_EVERY
  #searches = 0
  readonly #maxSearches: number
  /** In the order in which they are tried: the one that verified last comes first. */
  readonly #keys: ScheduledKey[]

  constructor(job: ResolveJob, authenticators: (key: number) => Authenticator) {
    this.#job = job
    this.#keys = [...job.keys]
    this.#maxSearches = Math.min(MAX_SEARCHES, job.keys.length * SEARCHES_PER_KEY)
    this.#authenticators = authenticators
    this.#agreement = job.keys.length > 0 ? job.keys[0].agreement : 0
    if (job.authenticated !== undefined) {
      this.#roc = job.authenticated.roc
      this.#highest = job.authenticated.sequence
      this.#authenticated = true
    }
    this.resolution = {
      stream: job.stream,
      verified: 0,
      failed: 0,
      plain: 0,
      cut: 0,
      unauthenticated: 0,
      unkeyed: 0,
      shortTags: 0,
      firstRoc: 0,
      lastRoc: 0,
      rocMoved: false,
      byKey: new Map(),
      firstFailedFrame: 0,
      lastFailedFrame: 0,
      failedFrames: [],
      plainFrames: [],
      sample: [],
    }
  }

  /** @param bytes the whole RTP or RTCP packet at [offset, offset + length) */
  packet(
    position: number,
    timeUs: number,
    frame: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    announcedLength: number,
  ): void {
    if (length < announcedLength) {
      this.resolution.cut++
      return
    }
    if (this.#job.keysHaveGaps === true && !this.#keys.some((key) => position >= key.from && position < key.until)) {
      this.resolution.unkeyed++
      return
    }
    const oldest = this.#oldestAgreement(position, timeUs)
    let unauthenticated = false
    for (const entry of this.#keys) {
      if (entry.agreement < oldest || position < entry.from || position >= entry.until) continue
      const verdict =
        this.#job.kind === MediaKind.Rtp
          ? this.#tryRtp(entry, bytes, offset, length)
          : this.#authenticators(entry.key).verifyRtcp(bytes, offset, length)
      if (verdict === Verdict.Verified || verdict === Verdict.VerifiedShortTag) {
        this.#verified(entry, verdict)
        return
      }
      if (verdict === Verdict.NotAuthenticated) unauthenticated = true
    }
    if (unauthenticated) this.resolution.unauthenticated++
    else if (this.#job.kind === MediaKind.Rtcp && isPlainRtcp(bytes, offset, length)) this.#plain(frame)
    else this.#failed(position, frame, bytes, offset, length)
  }

  /** Agreements older than this one are over: the sender has changed over, or the 2 s after the answer are past. */
  #oldestAgreement(position: number, timeUs: number): number {
    let oldest = this.#lastStanding(position)
    for (const entry of this.#job.keys) {
      if (entry.agreement > oldest && position >= entry.from && position < entry.until && timeUs > entry.replacesUs) {
        oldest = entry.agreement
      }
    }
    return oldest
  }

  /** The agreement that the sender changed over to, or, where that was withdrawn since, the last one before it. */
  #lastStanding(position: number): number {
    let last = Number.NEGATIVE_INFINITY
    for (const { agreement, until } of this.#job.keys) {
      if (agreement === this.#agreement && position < until) return agreement
      if (agreement < this.#agreement && agreement > last && position < until) last = agreement
    }
    return last
  }

  #tryRtp(entry: ScheduledKey, bytes: Uint8Array, offset: number, length: number): Verdict {
    const authenticator = this.#authenticators(entry.key)
    const sequence = (bytes[offset + 2] << 8) | bytes[offset + 3]
    const expected = this.#expectedRoc(entry, sequence)
    let verdict: Verdict = Verdict.Failed
    for (const roc of [expected, expected + 1, expected - 1, 0]) {
      if (roc < 0) continue
      verdict = authenticator.verifyRtp(bytes, offset, length, roc)
      if (verdict === Verdict.Verified) {
        this.#index(roc, sequence)
        return verdict
      }
      if (verdict !== Verdict.Failed) return verdict
    }
    return this.#search(authenticator, bytes, offset, length, sequence)
  }

  #expectedRoc(entry: ScheduledKey, sequence: number): number {
    if (this.#highest < 0) return entry.roc
    return Math.max(0, estimateRoc(sequence, this.#highest, this.#roc))
  }

  /** A capture that starts in the middle of a call: the counter is found by trying, for a few packets only. */
  #search(authenticator: Authenticator, bytes: Uint8Array, offset: number, length: number, sequence: number): Verdict {
    // The first packets may be forged or another's: half of the searches are kept for later ones.
    const sparing = this.#authenticated || this.#searches >= this.#maxSearches / 2
    if (this.#searches >= this.#maxSearches || (sparing && this.#failedSinceSearch < SEARCH_EVERY)) {
      return Verdict.Failed
    }
    this.#searches++
    this.#failedSinceSearch = 0
    const roc = findRolloverCounter(authenticator, bytes, offset, length)
    if (roc < 0) return Verdict.Failed
    this.#index(roc, sequence)
    return Verdict.Verified
  }

  /** RFC 3711 §3.3.1: the state follows packets that verified, and goes on under a new key for the same SSRC. */
  #index(roc: number, sequence: number): void {
    const { resolution } = this
    if (resolution.verified === 0 && this.#job.authenticated === undefined) resolution.firstRoc = roc
    else if (roc !== (resolution.verified === 0 ? this.#roc : resolution.lastRoc)) resolution.rocMoved = true
    resolution.lastRoc = roc
    const stale = roc === this.#roc && sequence <= this.#highest
    const older = this.#authenticated && roc < this.#roc && this.#roc - roc === 1 && sequence > 0x8000
    if (!stale && !older) {
      this.#roc = roc
      this.#highest = sequence
    }
    this.#authenticated = true
  }

  #verified(entry: ScheduledKey, verdict: Verdict): void {
    const { resolution } = this
    resolution.verified++
    if (verdict === Verdict.VerifiedShortTag) resolution.shortTags++
    resolution.byKey.set(entry.key, (resolution.byKey.get(entry.key) ?? 0) + 1)
    if (entry.agreement > this.#agreement) this.#agreement = entry.agreement
    if (this.#keys[0] !== entry) {
      this.#keys.splice(this.#keys.indexOf(entry), 1)
      this.#keys.unshift(entry)
    }
  }

  #plain(frame: number): void {
    const { resolution } = this
    resolution.plain++
    if (resolution.plainFrames.length < FRAMES_KEPT) resolution.plainFrames.push(frame)
  }

  #failed(position: number, frame: number, bytes: Uint8Array, offset: number, length: number): void {
    const { resolution } = this
    this.#failedSinceSearch++
    if (resolution.failed++ === 0) resolution.firstFailedFrame = frame
    resolution.lastFailedFrame = frame
    if (resolution.failedFrames.length < FRAMES_KEPT) resolution.failedFrames.push(frame)
    if (resolution.sample.length < SAMPLE) {
      const sequence = (bytes[offset + 2] << 8) | bytes[offset + 3]
      const roc = this.#highest < 0 ? 0 : Math.max(0, estimateRoc(sequence, this.#highest, this.#roc))
      resolution.sample.push({ position, frame, roc, bytes: bytes.slice(offset, offset + length) })
    }
  }
}
