import { join } from 'node:path'
import type { CaptureInput } from '../../capture/capture-input.ts'
import type { InputFacts } from '../../capture/input-records.ts'
import type { PartSpill } from '../../capture/part-spills.ts'
import { FRAMES_KEPT, STREAM_IDENTITY_BYTES } from '../../rtp/stream-record.ts'
import { F, I } from '../../rtp/stream-table.ts'
import type { MasterKey } from '../../srtp/session-keys.ts'
import { Engine } from '../engine.ts'
import type { OnWalked } from '../first-pass/slab-thread.ts'
import { GuideFollower } from './guide.ts'
import type { PartLimits } from './lean-part.ts'
import { LeftPackets } from './left-packets.ts'

/** Words of a stream's identity (stream-record.ts). */
export const IDENTITY_WORDS = STREAM_IDENTITY_BYTES / 4

/** What the packets of one part are verified with. */
export interface PartPlan {
  /** What was found of the part: where that is something else now, it is no longer the one that was read. */
  readonly facts: InputFacts
  /** Name of the part's guide (guide.ts), and of the packets that are left, where there are streams with `leftFrom`. */
  readonly guide: string
  readonly left: string
  readonly streams: readonly PlannedStream[]
}

export interface PlannedStream {
  /** Its number in the whole trace. */
  readonly stream: number
  readonly identity: readonly number[]
  /** Number of the key that its packets are verified under; 0 for none. */
  readonly key: number
  /** Packets of the stream from this position on are kept for the second pass. */
  readonly leftFrom?: number
}

export interface NumberedKey {
  readonly number: number
  readonly master: MasterKey
}

/** What came of the packets of one part. */
export interface PartFindings {
  readonly verdicts: readonly PartVerdict[]
  readonly left?: PartSpill
}

/** What the first pass found of a stream in one part. Positions are those of the whole trace. */
export interface PartVerdict {
  readonly stream: number
  readonly firstPosition: number
  readonly lastPosition: number
  /** Where the second pass must begin; -1 where nothing was left to it. Counts are of the packets before. */
  readonly deferFrom: number
  readonly verified: number
  readonly firstRoc: number
  readonly lastRoc: number
  /** Highest index that verified. */
  readonly authenticated: { readonly roc: number; readonly sequence: number }
  readonly shortTags: number
  readonly cut: number
  readonly plain: number
  readonly plainFrames: readonly number[]
}

/** The capture is not the one that it was when it was read first. */
export class ChangedCaptureError extends Error {
  readonly code = 'SRTP_SCAN_CAPTURE_CHANGED'

  constructor(path: string) {
    super(`${path}: it changed while it was read; scan again when it is whole`)
    this.name = 'ChangedCaptureError'
  }
}

/** Verifies the packets of one part, and keeps what is left: needs nothing of any other part but what the plan says. */
export async function verifyPart(
  input: CaptureInput,
  plan: PartPlan,
  keys: readonly NumberedKey[],
  limits: PartLimits,
  folder: string,
): Promise<PartFindings> {
  const planned = new Map(plan.streams.map((stream) => [stream.identity.join(), stream]))
  const ofPart: (PlannedStream | undefined)[] = []
  const guide = new GuideFollower(join(folder, plan.guide))
  const keeps = plan.streams.some(({ leftFrom }) => leftFrom !== undefined)
  const left = keeps ? new LeftPackets(join(folder, plan.left), (id) => ofPart[id]?.stream ?? -1) : undefined
  const onWalked: OnWalked = (slots, slab, count) => {
    const { ints } = engine.streams
    for (let id = ofPart.length; id < engine.streams.count; id++) {
      const i = engine.streams.intsAt(id)
      const found = planned.get(ints.subarray(i, i + IDENTITY_WORDS).join())
      ofPart.push(found)
      if (found === undefined) continue
      ints[i + I.Key] = found.key
      if (left !== undefined) left.from[id] = found.leftFrom
    }
    guide.take(slots, slab, count)
    left?.take(slots, slab, count)
  }
  const engine = new Engine({ inputs: [input], workers: 1, ...limits, onWalked })
  try {
    for (const { number, master } of keys) engine.keys.put(number, master)
    await engine.firstPass({ datagram: () => undefined, segment: () => undefined, slabEnd: () => undefined })
    if (JSON.stringify(engine.facts[0]) !== JSON.stringify(plan.facts)) throw new ChangedCaptureError(input.path)
    if (engine.streams.refused > 0) throw new RangeError(`${input.path}: more streams than there are in the trace`)
    const verdicts = ofPart.flatMap((of, id) =>
      of === undefined || of.key === 0 ? [] : verdictOf(engine, guide, id, of.stream),
    )
    return { verdicts, ...(left !== undefined && { left: left.finish() }) }
  } catch (error) {
    left?.abandon()
    throw error
  } finally {
    guide.close()
    await engine.close()
  }
}

function verdictOf({ streams }: Engine, guide: GuideFollower, id: number, stream: number): PartVerdict[] {
  const firstPosition = guide.first[id]
  // All of its packets came in fragments.
  if (firstPosition === undefined) return []
  const { ints, floats } = streams
  const i = streams.intsAt(id)
  const plain = ints[i + I.Plain]
  return [
    {
      stream,
      firstPosition,
      lastPosition: guide.last[id],
      deferFrom: floats[streams.floatsAt(id) + F.DeferFrom] - 1,
      verified: ints[i + I.Verified],
      firstRoc: ints[i + I.FirstRoc],
      lastRoc: ints[i + I.LastRoc],
      authenticated: { roc: ints[i + I.AuthenticatedRoc], sequence: ints[i + I.AuthenticatedSequence] },
      shortTags: ints[i + I.ShortTags],
      cut: ints[i + I.Cut],
      plain,
      plainFrames: Array.from(
        ints.subarray(i + I.PlainFrames, i + I.PlainFrames + Math.min(plain, FRAMES_KEPT)),
        (frame) => frame >>> 0,
      ),
    },
  ]
}
