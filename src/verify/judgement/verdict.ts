import { BY_CUT, endsBeforeKeys } from '../../media/cut-keys.ts'
import { BY_DTLS_1_3 } from '../../media/dtls-keys.ts'
import { BY_MASK } from '../../media/masked-keys.ts'
import { isProtecting } from '../../media/media-line.ts'
import { BY_NEXT_CALL } from '../../media/next-calls.ts'
import { looksPlain } from '../../rtp/payload-randomness.ts'
import { FRAMES_KEPT, I, type StreamTable } from '../../rtp/stream-table.ts'
import type { RepeatedPacket } from '../repeat-list.ts'
import { emptyResolution, type FailingEnd, type Resolution, type SampledPacket } from '../second-pass/resolution.ts'
import type { ResolvedSteps } from '../second-pass/resolved-steps.ts'
import type { RocChange } from '../second-pass/rollover.ts'
import type { StreamPlan } from './plan.ts'

/** What became of a stream's packets: packets = verified + failed + unverified + plain. */
export interface StreamVerdict {
  readonly packets: number
  readonly verified: number
  readonly failed: number
  readonly plain: number
  /** Those of them that were agreed to be plain, before or after a re-INVITE that keyed the session, or that have no payload. */
  readonly agreedPlain: number
  readonly unverified: number
  /** Why packets are unverified; the first that applies. */
  readonly unverifiedReason?: string | undefined
  readonly protection: 'srtp' | 'plain' | 'unknown'
  /** The key most packets verified under: its number; 0 where none did. */
  readonly key: number
  /** The keys that packets verified under, by number, each once. */
  readonly underKeys: readonly { readonly key: number; readonly packets: number }[]
  readonly firstRoc: number
  readonly lastRoc: number
  /** Every packet verified under the same rollover counter. */
  readonly steadyRoc: boolean
  /** SRTCP packets that verified with the shorter of two usual tags. */
  readonly shortTags: number
  readonly firstFailedFrame: number
  readonly firstFailedUs: number
  readonly lastFailedFrame: number
  readonly failedFrames: readonly number[]
  readonly plainFrames: readonly number[]
  readonly sample: readonly SampledPacket[]
  /** Packets that came again and verified; how many, and those that are known by place. */
  readonly replayed: number
  readonly replays: readonly RepeatedPacket[]
  /** Where the rollover counter is another than the negotiated state gives. */
  readonly rocChanges: readonly RocChange[]
  readonly rocChangesBeyond: number
  /** The last packets, where they fail and nothing verifies after them. */
  readonly failingEnd?: FailingEnd | undefined
  /** What the second pass found, step by step. */
  readonly resolved?: ResolvedSteps | undefined
}

/** What else is on a stream's flow, for streams without keys. */
export interface FlowNeighbours {
  readonly dtls: boolean
  readonly zrtp: boolean
}

/** What is known of packets that no tag verifies. */
export interface WithoutTag {
  /** Something that is known explains why tags fail. */
  readonly isExplained?: boolean
  /** Those whose tags fail are in the clear. */
  readonly isClear?: boolean
  /** Those that were agreed to carry no tag are not encrypted either. */
  readonly isUntaggedClear?: boolean
}

/** Joins what the two passes found about one stream. */
export function verdictOf(
  table: StreamTable,
  plan: StreamPlan,
  resolution: Resolution | undefined,
  neighbours: FlowNeighbours,
  { isExplained = false, isClear = false, isUntaggedClear = false }: WithoutTag = {},
): StreamVerdict {
  const i = table.intsAt(plan.stream.id)
  const { ints } = table
  const packets = ints[i + I.Packets]
  const first = firstPassOf(ints, i, plan)
  const second = resolution ?? NO_RESOLUTION
  const verified = first.verified + second.verified
  const cut = first.cut + second.cut
  const { unkeyed, rocChanges, rocChangesBeyond, sample } = second
  const unauthenticated = isUntaggedClear ? 0 : second.unauthenticated
  const isSecured = secured(plan, neighbours)
  // Where a part of it was agreed to be plain, what its payload looks like may be that part's.
  const looks = plan.stream.kind === 'rtp' && plan.keying.plain.length === 0 && looksPlain(ints, i) === true
  const nothingVerifies = verified === 0 && unauthenticated === 0
  // Keys were known, what does not verify is not encrypted: it was sent in the clear.
  const areClear = isClear || (nothingVerifies && looks && !isExplained)
  const isUnkeyed = plan.keying.source === 'none'
  // Nobody agreed on protection, or what was agreed is not in the capture: none of the keys at hand need be it, nor those
  // that were offered.
  const isNotAgreed = !isUnkeyed && !isSecured && nothingVerifies && plan.keying.binding !== undefined
  const failed = areClear || isNotAgreed ? 0 : second.failed
  const agreedPlain = first.agreedPlain + second.agreedPlain
  const found = (areClear ? second.failed : 0) + (second.unauthenticated - unauthenticated)
  let plain = first.plain + second.plain + agreedPlain + found
  if (isUnkeyed) plain = unkeyedPlain(plan, packets, looks, isSecured, ints[i + I.PlainLooking])
  else if (isNotAgreed && plan.keying.keying === 'none') plain = packets
  const left = Math.max(0, packets - verified - failed - plain - cut - unauthenticated)
  const underKeys = verifiedUnder(first.verified, ints[i + I.Key], second)
  const replays = verified === 0 ? NONE : replaysOf(plan, second)
  const firstRoc = first.verified > 0 ? ints[i + I.FirstRoc] : second.firstRoc
  const failing = failed > 0 ? second : NO_RESOLUTION
  return {
    packets,
    verified,
    failed,
    plain,
    agreedPlain,
    unverified: packets - verified - failed - plain,
    unverifiedReason: reasonOf(
      { cut, unauthenticated, left, plain, truncated: ints[i + I.Truncated], unkeyed },
      neighbours,
      plan,
    ),
    protection: protectionOf({ packets, verified, failed, plain, unauthenticated }, isSecured),
    key: mostVerified(underKeys),
    underKeys,
    firstRoc,
    lastRoc: second.verified > 0 ? second.lastRoc : ints[i + I.LastRoc],
    steadyRoc: !second.rocMoved && (first.verified === 0 || ints[i + I.AuthenticatedRoc] === firstRoc),
    shortTags: first.shortTags + second.shortTags,
    firstFailedFrame: failing.firstFailedFrame,
    firstFailedUs: failing.firstFailedUs,
    lastFailedFrame: failing.lastFailedFrame,
    failedFrames: failing.failedFrames,
    plainFrames: resolution === undefined ? first.plainFrames : plainFramesOf(first.plainFrames, resolution, failed),
    sample,
    // The list of repeated packets has an end; the stream's own count has none, and knows nothing of rollover counters.
    replayed:
      verified > 0 && failed === 0 && plan.repeats.length < ints[i + I.Duplicates]
        ? Math.max(replays.length, ints[i + I.Duplicates] - second.renumbered)
        : replays.length,
    replays,
    rocChanges,
    rocChangesBeyond,
    failingEnd: failing.failingEnd,
    resolved: resolution?.steps,
  }
}

const NONE: readonly never[] = []
/** Of a stream that the second pass had nothing to do with. */
const NO_RESOLUTION: Readonly<Resolution> = emptyResolution(-1, NONE)

/** The first frames whose packets are in the clear, as far as they are kept. */
function plainFramesOf(
  first: readonly number[],
  { plainFrames, failedFrames }: Resolution,
  failed: number,
): readonly number[] {
  return [...first, ...plainFrames, ...(failed === 0 ? failedFrames : NONE)].slice(0, FRAMES_KEPT)
}

/** What the first pass verified or the second pass did. */
function replaysOf(
  { repeats, keepFirstPass, job }: StreamPlan,
  second: Pick<Resolution, 'replays'>,
): readonly RepeatedPacket[] {
  if (repeats.length === 0) return NONE
  const later = new Set(second.replays)
  const from = job?.from ?? Number.POSITIVE_INFINITY
  return repeats.filter(({ position }) => (position < from ? keepFirstPass : later.has(position)))
}

/** Whether a stream is one that should be protected: by agreement, or by keys that are exchanged on its flow. */
export function secured({ keying }: StreamPlan, { dtls, zrtp }: FlowNeighbours): boolean {
  return isProtecting(keying.keying) || dtls || zrtp
}

/** Packets in the clear where there is no key: all of a session without keying, else what shows by its content. */
function unkeyedPlain(
  plan: StreamPlan,
  packets: number,
  looksPlain: boolean,
  isSecured: boolean,
  plainRtcp: number,
): number {
  const { binding, keying, isNextProtected } = plan.keying
  if (isNextProtected) return 0
  const isPlain = binding !== undefined && keying === 'none' && !isSecured
  if (plan.stream.kind === 'rtcp') return isPlain ? packets : plainRtcp
  return looksPlain || isPlain ? packets : 0
}

function firstPassOf(ints: Int32Array, i: number, plan: StreamPlan) {
  if (!plan.keepFirstPass) return NOTHING
  const kept = Math.min(ints[i + I.Plain], FRAMES_KEPT)
  return {
    verified: ints[i + I.Verified],
    plain: ints[i + I.Plain],
    cut: ints[i + I.Cut],
    shortTags: ints[i + I.ShortTags],
    // Of an input that is read once they were seen while nobody had keyed the session yet.
    agreedPlain: plan.keying.plain.length > 0 && plan.keying.source !== 'none' ? ints[i + I.Unkeyed] : 0,
    plainFrames: kept === 0 ? NONE : Array.from({ length: kept }, (_, n) => ints[i + I.PlainFrames + n] >>> 0),
  }
}

const NOTHING = { verified: 0, plain: 0, cut: 0, shortTags: 0, agreedPlain: 0, plainFrames: NONE }

function verifiedUnder(
  first: number,
  firstKey: number,
  { byKey }: Pick<Resolution, 'byKey'>,
): StreamVerdict['underKeys'] {
  const later = byKey.size === 0 ? NONE : [...byKey].map(([key, packets]) => ({ key, packets }))
  if (first === 0) return later
  const alone = { key: firstKey, packets: first + (byKey.get(firstKey) ?? 0) }
  return later.length === 0 ? [alone] : [alone, ...later.filter(({ key }) => key !== firstKey)]
}

function mostVerified(keys: StreamVerdict['underKeys']): number {
  let best = 0
  let most = 0
  for (const { key, packets } of keys) {
    if (packets < most || (packets === most && key >= best)) continue
    best = key
    most = packets
  }
  return best
}

function protectionOf(
  {
    packets,
    verified,
    failed,
    plain,
    unauthenticated,
  }: Readonly<Record<'packets' | 'verified' | 'failed' | 'plain' | 'unauthenticated', number>>,
  isSecured: boolean,
) {
  if (verified > 0 || unauthenticated > 0) return 'srtp'
  // Of a few telephone events in the clear nothing follows for those that the snap length cut.
  if (plain > 0 && failed === 0 && plain >= packets - plain) return 'plain'
  return isSecured ? 'srtp' : 'unknown'
}

/**
 * @param left packets that nothing else is said of
 * @param truncated packets that the snap length cut, those that no key is known for included
 */
function reasonOf(
  { cut, unauthenticated, left, plain, truncated, unkeyed }: Readonly<Record<CountOfReason, number>>,
  neighbours: FlowNeighbours,
  plan: StreamPlan,
): string | undefined {
  if (left === 0) {
    if (unauthenticated > 0) return 'by what was agreed they carry no tag'
    return cut > 0 ? CUT : undefined
  }
  if (plan.keying.hidden) return BY_DTLS_1_3
  if (unkeyed > 0) return 'sent under keys of a DTLS handshake that is not known'
  if (plan.keying.source !== 'none' && plan.brokeOff === true) return 'the scan broke off before they were judged'
  if (plan.keying.nextCallFrom !== undefined) return BY_NEXT_CALL
  if (plan.keying.unseen?.every(({ isMasked }) => isMasked)) return BY_MASK
  if (plan.keying.unseen !== undefined) return 'sent under keys whose agreement was not captured'
  if (plan.keying.keying === undefined) return 'what was agreed is not in the capture'
  if (plan.keying.source !== 'none') return 'no room was left to keep the packets until their key was known'
  if (plan.keying.masked === true) return BY_MASK
  const why = whyNoKey(neighbours, plan)
  if (truncated < left) return why
  // Beside packets in the clear it is not said that a key is missing: what was cut may be one of these.
  return plain > 0 ? CUT : `${CUT}, and ${why}`
}

type CountOfReason = 'cut' | 'unauthenticated' | 'left' | 'plain' | 'truncated' | 'unkeyed'

const CUT = 'cut by the snap length'

function whyNoKey(neighbours: FlowNeighbours, { keying: { keying, binding } }: StreamPlan): string {
  if (neighbours.dtls || keying === 'dtls') return 'the keys were agreed by DTLS'
  if (neighbours.zrtp || keying === 'zrtp') return 'the keys were agreed by ZRTP'
  return keying === 'sdes' && endsBeforeKeys(binding?.lines ?? []) ? BY_CUT : 'no key is known'
}
