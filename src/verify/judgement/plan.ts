import { isProtecting } from '../../media/media-line.ts'
import { type NextCalls, untilNextCall } from '../../media/next-calls.ts'
import { type ObservedStream, observedStream } from '../../media/observed-stream.ts'
import type { StreamKeying, StreamKeys } from '../../media/stream-keys.ts'
import { MediaKind } from '../../rtp/media-kind.ts'
import { hangsTogether } from '../../rtp/stream-statistics.ts'
import { F, I, NO_KEYING, type StreamTable } from '../../rtp/stream-table.ts'
import type { StepSpan, Timelines } from '../../rtp/timelines.ts'
import type { RepeatedPacket, RepeatList } from '../repeat-list.ts'
import type { ResolveJob } from '../second-pass/resolution.ts'
import { Efforts } from './efforts.ts'
import { LooseStreams } from './loose-streams.ts'

/** How one stream is judged once everything is known. */
export interface StreamPlan {
  readonly stream: ObservedStream
  readonly keying: StreamKeying
  /** False where the first pass judged by a key that was not the agreed one after all: its verdicts do not count. */
  readonly keepFirstPass: boolean
  readonly job?: ResolveJob
  /** The trace was not judged to its end: packets may have no verdict for that. */
  readonly brokeOff?: boolean
  /** Its packets that came again. */
  readonly repeats: readonly RepeatedPacket[]
}

/** What signalling says of the streams. */
export interface KnownOfStreams {
  readonly streamKeys: StreamKeys
  /** Only where streams could not be cut: an input that can be read once. */
  readonly nextCalls?: NextCalls | undefined
}

export interface Plans {
  readonly plans: StreamPlan[]
  /** Packets of streams that have none since too many like them go to one port. */
  readonly loosePackets: number
}

/**
 * Asks again, with everything known, for every stream's keys; noise that looks like RTP and that nothing known has to do
 * with gets no plan. What the first pass verified stands where its one key
 * was the only one agreed so far; else the stream is judged anew from its first packet, where the input allows.
 */
export function planJudgement(
  table: StreamTable,
  { streamKeys, nextCalls }: KnownOfStreams,
  repeats: RepeatList,
  oneShot: boolean,
  timelines?: Timelines,
): Plans {
  const plans: StreamPlan[] = []
  const keyedPorts = portsKeyedOtherwise(table)
  const efforts = new Efforts()
  const loose = new LooseStreams(table)
  for (let id = 0; id < table.count; id++) {
    if (isNone(table, id, keyedPorts) && !streamKeys.mayConcern(id)) continue
    if (loose.isBeyond(id)) continue
    const stream = observedStream(table, id)
    if (stream === undefined) continue
    const span = timelines?.spanOf(id)
    const next = nextCalls?.of(table, id) ?? []
    const known = streamKeys.keyingOf(stream)
    const isProtectedFrom = (firstPosition: number) =>
      isProtecting(streamKeys.keyingOf({ ...stream, firstPosition }).keying)
    const keying = next.length === 0 ? known : untilNextCall(known, next[0], next.some(isProtectedFrom))
    const plan = planStream(table, stream, keying, repeats.of(id), oneShot, span)
    plans.push(efforts.dealtTo(plan, table.floats[table.floatsAt(id) + F.Bytes]))
  }
  return { plans, loosePackets: loose.packets }
}

/** Whether what looks like RTP makes no stream by itself, and has no neighbour that could make it one (src/model/credibility.ts). */
function isNone(table: StreamTable, id: number, keyedPorts: Uint8Array): boolean {
  const { ints } = table
  const i = table.intsAt(id)
  if (ints[i + I.Kind] !== MediaKind.Rtp || hangsTogether(table, id)) return false
  const ports = ints[i + I.Ports]
  return keyedPorts[ports >>> 16] === 0 && keyedPorts[ports & 0xffff] === 0
}

/** Marks the ports of DTLS and ZRTP. */
function portsKeyedOtherwise(table: StreamTable): Uint8Array {
  const { ints } = table
  const marks = new Uint8Array(1 << 16)
  for (let id = 0; id < table.count; id++) {
    const i = table.intsAt(id)
    const kind = ints[i + I.Kind]
    if (kind !== MediaKind.Dtls && kind !== MediaKind.Zrtp) continue
    marks[ints[i + I.Ports] >>> 16] = 1
    marks[ints[i + I.Ports] & 0xffff] = 1
  }
  return marks
}

/** The same for one stream. */
export function planStream(
  table: StreamTable,
  stream: ObservedStream,
  keying: StreamKeying,
  repeats: readonly RepeatedPacket[],
  oneShot: boolean,
  span?: StepSpan,
): StreamPlan {
  const f = table.floatsAt(stream.id)
  const i = table.intsAt(stream.id)
  const { floats, ints } = table
  const deferFrom = earliest(floats[f + F.DeferFrom], floats[f + F.ReassembledFrom])
  const holds = guessHolds(ints[i + I.Key], keying, floats[f + F.FirstPosition], deferFrom)
  const keepFirstPass = holds || oneShot
  const from = keepFirstPass ? deferFrom : floats[f + F.FirstPosition]
  if (keying.keys.length === 0 || from > floats[f + F.LastPosition]) return { stream, keying, keepFirstPass, repeats }
  const authenticated = {
    roc: ints[i + I.AuthenticatedRoc],
    sequence: ints[i + I.AuthenticatedSequence],
  }
  const goesOn = keepFirstPass && ints[i + I.Verified] > 0
  const job: ResolveJob = {
    ...jobOf(stream, keying, from, repeats),
    ...(goesOn && { authenticated }),
    ...(span !== undefined && { span }),
  }
  return { stream, keying, keepFirstPass, job, repeats }
}

/** All of a stream's packets, for whoever meets them once more; undefined where there is no key to judge them by. */
export function wholeStream(table: StreamTable, { stream, keying, job }: StreamPlan): ResolveJob | undefined {
  if (keying.keys.length === 0) return undefined
  const whole = jobOf(stream, keying, table.floats[table.floatsAt(stream.id) + F.FirstPosition], [])
  return job?.effort === undefined ? whole : { ...whole, effort: job.effort }
}

function jobOf(
  { id, kind }: ObservedStream,
  { keys, source, plain, unseen }: StreamKeying,
  from: number,
  repeats: readonly RepeatedPacket[],
): ResolveJob {
  return {
    stream: id,
    kind: kind === 'rtp' ? MediaKind.Rtp : MediaKind.Rtcp,
    from,
    keys,
    ...(source === 'dtls' && { keysHaveGaps: true }),
    repeats: repeats.flatMap(({ position }) => (position >= from ? [position] : [])),
    ...(plain.length > 0 && { plain }),
    ...(unseen !== undefined && { unseen }),
  }
}

/** Whether the guessed key is the only one agreed for the stretch that the first pass judged by it. */
function guessHolds(key: number, { keys }: StreamKeying, first: number, end: number): boolean {
  if (key === 0) return true
  if (key === NO_KEYING) return keys.length === 0
  const agreed = keys.filter((entry) => entry.from < end && entry.until > first)
  return agreed.length > 0 && agreed.every((entry) => entry.key === key && entry.roc === 0 && entry.until >= end)
}

/** The earlier of two positions kept as 1 + position, with 0 for none. */
function earliest(a: number, b: number): number {
  const positionA = a === 0 ? Number.POSITIVE_INFINITY : a - 1
  const positionB = b === 0 ? Number.POSITIVE_INFINITY : b - 1
  return Math.min(positionA, positionB)
}
