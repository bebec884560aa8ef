import { isPlainRtcp, MediaKind } from '../../rtp/media-kind.ts'
import { FRAMES_KEPT } from '../../rtp/stream-table.ts'
import { type Authenticator, isVerified, Verdict } from '../../srtp/authenticator.ts'
import { hasNoRoomForTag, rtpHeaderLength } from '../../srtp/packet-layout.ts'
import type { PlainStretch } from '../../srtp/plain-stretch.ts'
import type { ScheduledKey } from '../../srtp/scheduled-key.ts'
import { ChangeOver } from './change-over.ts'
import { Replays } from './replays.ts'
import { emptyResolution, type Resolution, type ResolveJob, type TriedKey } from './resolution.ts'
import { noteOutcome, type StepOutcome } from './resolved-steps.ts'
import { RocSearch, searchesNeeded } from './roc-search.ts'
import { type PacketPlace, Rollover } from './rollover.ts'

/** The explainer's sample, at most (rules.md, "Explaining a failure"). */
const SAMPLE = 32
/** Keys that are tried on every packet: those that verified last. */
const ALWAYS_TRIED = 8
/** Of the others so many are tried on a packet when the stream's trials are used up, in turn. */
const TRIED_IN_TURN = 4
const NONE: readonly PlainStretch[] = []

/** Judges one stream's packets in frame order with everything that is known about its keys. Pure: no clock, no I/O. */
export class StreamResolver {
  readonly resolution: Resolution
  /** Of the last packet; its key is 0 but where that verified, or carries no tag that could have. Refilled. */
  readonly tried: TriedKey = { key: 0, verdict: Verdict.Failed, roc: 0, start: 0 }
  readonly #job: ResolveJob
  readonly #authenticators: (key: number) => Authenticator
  readonly #changeOver: ChangeOver
  readonly #rollover: Rollover
  /** Of the packet at hand; refilled. */
  readonly #place = { position: 0, frame: 0, timeUs: 0 }
  readonly #search: RocSearch
  readonly #replays: Replays
  /** Tries of keys that may still fail, and the place among the keys where the next packet's begin. */
  #trials: number
  #turn = 0
  /** In the order in which they are tried: the one that verified last comes first. */
  readonly #keys: ScheduledKey[]

  constructor(job: ResolveJob, authenticators: (key: number) => Authenticator) {
    this.#job = job
    this.#keys = [...job.keys]
    this.#search = new RocSearch(job.effort?.searches ?? searchesNeeded(job.keys.length))
    this.#replays = new Replays(job.repeats, earlierThan(job))
    this.#trials = job.effort?.trials ?? Number.POSITIVE_INFINITY
    this.#authenticators = authenticators
    this.#changeOver = new ChangeOver(job.keys.length > 0 ? job.keys[0].agreement : 0)
    this.#rollover = new Rollover(job.authenticated)
    this.resolution = emptyResolution(job.stream, this.#rollover.changes)
  }

  /**
   * What comes of a packet; `tried` says under what.
   *
   * @param bytes the whole RTP or RTCP packet at [offset, offset + length)
   */
  packet(
    position: number,
    timeUs: number,
    frame: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    announcedLength: number,
  ): StepOutcome {
    this.tried.key = 0
    const outcome = this.#judge(position, timeUs, frame, bytes, offset, length, announcedLength)
    if (this.#job.span !== undefined) noteOutcome(this.resolution.steps, outcome, this.#job.span, timeUs)
    return outcome
  }

  #judge(
    position: number,
    timeUs: number,
    frame: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    announcedLength: number,
  ): StepOutcome {
    if (length < announcedLength) {
      this.resolution.cut++
      return 'cut'
    }
    if (this.#job.keysHaveGaps === true && !this.#keys.some((key) => position >= key.from && position < key.until)) {
      this.resolution.unkeyed++
      return 'unjudged'
    }
    const place = this.#place
    place.position = position
    place.frame = frame
    place.timeUs = timeUs
    const sequence = this.#job.kind === MediaKind.Rtp ? (bytes[offset + 2] << 8) | bytes[offset + 3] : -1
    const oldest = this.#oldestAgreement(position, timeUs, sequence)
    let unauthenticated = false
    const most = Math.max(this.#trials, TRIED_IN_TURN) + ALWAYS_TRIED
    const first = this.#turn
    let tries = 0
    for (let n = 0; n < this.#keys.length; n++) {
      const entry = this.#keyInTurn(n, first)
      // One that is not agreed at the time costs nothing: calls that are keyed anew for days have hundreds of these.
      if (entry.agreement < oldest || position < entry.from || position >= entry.until) continue
      if (tries++ === most) break
      if (n >= ALWAYS_TRIED) {
        this.#trials--
        this.#turn = first + n + 1 - ALWAYS_TRIED
      }
      const verdict =
        this.#job.kind === MediaKind.Rtp
          ? this.#tryRtp(entry, place, bytes, offset, length)
          : this.#authenticators(entry.key).verifyRtcp(bytes, offset, length)
      if (isVerified(verdict)) {
        this.#tryEnded(entry, verdict, this.resolution.lastRoc)
        this.#verified(entry, verdict, sequence)
        return 'verified'
      }
      if (verdict === Verdict.NotAuthenticated && !unauthenticated) {
        unauthenticated = true
        this.#tryEnded(entry, verdict, this.#rollover.known ? this.#rollover.expected(sequence, 0) : -1)
      }
    }
    return this.#unverified(unauthenticated, bytes, offset, length)
  }

  /** The n-th key for a packet. Where not all can be tried on every packet the later ones take turns. */
  #keyInTurn(n: number, first: number): ScheduledKey {
    if (n < ALWAYS_TRIED || first === 0) return this.#keys[n]
    return this.#keys[ALWAYS_TRIED + ((first + n - ALWAYS_TRIED) % (this.#keys.length - ALWAYS_TRIED))]
  }

  #tryEnded({ key, roc: start }: ScheduledKey, verdict: Verdict, roc: number): void {
    const { tried } = this
    tried.key = key
    tried.verdict = verdict
    tried.roc = roc
    tried.start = start
  }

  #unverified(unauthenticated: boolean, bytes: Uint8Array, offset: number, length: number): StepOutcome {
    const { position, timeUs, frame } = this.#place
    if (this.#isAgreedPlain(position, timeUs)) {
      this.resolution.agreedPlain++
      return 'plain'
    }
    if (unauthenticated) {
      this.resolution.unauthenticated++
      return 'unjudged'
    }
    const isRtcp = this.#job.kind === MediaKind.Rtcp
    // RTCP in the clear shows as such, whatever was agreed where nobody captured it: the first pass says so too.
    if (this.#isUnseen(position, timeUs) && !(isRtcp && isPlainRtcp(bytes, offset, length))) {
      this.#search.failed()
      return 'unjudged'
    }
    if (!isRtcp && rtpHeaderLength(bytes, offset, length) === length) {
      this.resolution.agreedPlain++
      return 'plain'
    }
    if (isRtcp ? isPlainRtcp(bytes, offset, length) : hasNoRoomForTag(bytes, offset, length)) {
      this.#plain(frame)
      return 'plain'
    }
    this.#failed(this.#place, bytes, offset, length)
    return 'failed'
  }

  #isUnseen(position: number, timeUs: number): boolean {
    const { unseen } = this.#job
    if (unseen === undefined) return false
    const isFirst = this.resolution.verified === 0 && this.#job.authenticated === undefined
    return unseen.some((one) => position >= one.from && timeUs <= one.untilUs && (isFirst || !one.isFirst))
  }

  #isAgreedPlain(position: number, timeUs: number): boolean {
    return (this.#job.plain ?? NONE).some(({ from, untilUs }) => position >= from && timeUs <= untilUs)
  }

  /** Agreements older than this one are over: the sender has changed over, or the 2 s after the answer are past. */
  #oldestAgreement(position: number, timeUs: number, sequence: number): number {
    let oldest = this.#lastStanding(position, this.#changeOver.oldest(sequence))
    for (const entry of this.#job.keys) {
      if (entry.agreement > oldest && position >= entry.from && position < entry.until && timeUs > entry.replacesUs) {
        oldest = entry.agreement
      }
    }
    return oldest
  }

  /** The agreement that the sender changed over to, or, where that was withdrawn since, the last one before it. */
  #lastStanding(position: number, changedTo: number): number {
    let last = Number.NEGATIVE_INFINITY
    for (const { agreement, until } of this.#job.keys) {
      if (agreement === changedTo && position < until) return agreement
      if (agreement < changedTo && agreement > last && position < until) last = agreement
    }
    return last
  }

  #tryRtp(entry: ScheduledKey, place: PacketPlace, bytes: Uint8Array, offset: number, length: number): Verdict {
    const authenticator = this.#authenticators(entry.key)
    const sequence = (bytes[offset + 2] << 8) | bytes[offset + 3]
    const expected = this.#rollover.expected(sequence, entry.roc)
    let verdict: Verdict = Verdict.Failed
    for (let n = 0; n < Rollover.CANDIDATES; n++) {
      const roc = this.#rollover.candidate(n, expected)
      if (roc < 0 || (n > 2 && roc === expected)) continue
      verdict = authenticator.verifyRtp(bytes, offset, length, roc)
      if (verdict === Verdict.Verified) {
        this.#index(entry, roc, sequence, place)
        return verdict
      }
      if (verdict !== Verdict.Failed) return verdict
    }
    const found = this.#search.find(authenticator, this.#rollover.known, bytes, offset, length)
    if (found < 0) return Verdict.Failed
    this.#index(entry, found, sequence, place)
    return Verdict.Verified
  }

  #index(entry: ScheduledKey, roc: number, sequence: number, place: PacketPlace): void {
    const { resolution } = this
    const before = resolution.verified === 0 ? this.#rollover.roc : resolution.lastRoc
    if (resolution.verified === 0 && this.#job.authenticated === undefined) resolution.firstRoc = roc
    else if (roc !== before) resolution.rocMoved = true
    resolution.lastRoc = roc
    const isBeyond = this.#rollover.verified(roc, sequence, entry.roc, place)
    resolution.rocChangesBeyond = this.#rollover.changesBeyond
    const isReplay = this.#replays.isReplay(place.position, indexOf({ roc, sequence }), entry.key)
    if (isReplay && !isBeyond) resolution.replays.push(place.position)
    resolution.renumbered = this.#replays.renumbered
  }

  #verified(entry: ScheduledKey, verdict: Verdict, sequence: number): void {
    const { resolution } = this
    resolution.verified++
    resolution.failingEnd = undefined
    if (verdict === Verdict.VerifiedShortTag) resolution.shortTags++
    resolution.byKey.set(entry.key, (resolution.byKey.get(entry.key) ?? 0) + 1)
    this.#changeOver.verified(entry.agreement, sequence)
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

  #failed(place: PacketPlace, bytes: Uint8Array, offset: number, length: number): void {
    const { resolution } = this
    const { position, frame } = place
    this.#search.failed()
    if (resolution.failed++ === 0) {
      resolution.firstFailedFrame = frame
      resolution.firstFailedUs = place.timeUs
    }
    resolution.lastFailedFrame = frame
    if (resolution.failingEnd === undefined) resolution.failingEnd = { ...place, failed: 1 }
    else resolution.failingEnd.failed++
    if (resolution.failedFrames.length < FRAMES_KEPT) resolution.failedFrames.push(frame)
    const sequence = (bytes[offset + 2] << 8) | bytes[offset + 3]
    this.#replays.failed(sequence)
    if (resolution.sample.length < SAMPLE) {
      const roc = this.#rollover.expected(sequence, 0)
      resolution.sample.push({ position, frame, roc, bytes: bytes.slice(offset, offset + length) })
    }
  }
}

/** What the first pass verified stands under a key of the first agreement. */
function earlierThan({ authenticated, keys }: ResolveJob) {
  if (authenticated === undefined || keys.length === 0) return undefined
  const first = keys.filter(({ agreement }) => agreement === keys[0].agreement)
  return { highest: indexOf(authenticated), keys: first.map(({ key }) => key) }
}

/** RFC 3711 §3.3.1. */
function indexOf({ roc, sequence }: { readonly roc: number; readonly sequence: number }): number {
  return roc * 65_536 + sequence
}
