import { addressOf } from '../../bytes/endpoint.ts'
import type { Call, Finding, LadderStepReport, Stream } from '../../model/report.ts'
import { type Lifeline, lifelinesOf } from './lifelines.ts'
import { type MediaFlow, mediaFlows } from './media-flows.ts'
import { MediaPlaces } from './media-places.ts'
import { microseconds } from './times.ts'

/** What a ladder is made of: a call, or the legs that are one, with their streams and findings. */
export interface LadderSource<S extends Stream = Stream, F extends Finding = Finding> {
  readonly calls: readonly Call[]
  readonly streams: readonly S[]
  readonly findings?: readonly F[]
  /** Each retransmission has an arrow of its own; else those in a row that are alike share one. */
  readonly unfolded?: boolean
}

/** A ladder as data: parties, and rows from top to bottom. The same in text and on the page. */
export interface Ladder<S extends Stream = Stream, F extends Finding = Finding> {
  readonly lifelines: readonly Lifeline[]
  readonly rows: readonly LadderRow<S, F>[]
  /** How many legs it has. */
  readonly legs: number
  /** Messages that the calls have and the ladder does not: it keeps the first 500 of each. */
  readonly messagesLeft: number
  /** Streams beyond those that it shows. */
  readonly streamsLeft: number
}

export type LadderRow<S extends Stream = Stream, F extends Finding = Finding> = ArrowRow<S, F> | GapRow

/** A row with an arrow. */
export type ArrowRow<S extends Stream = Stream, F extends Finding = Finding> = MessageRow<F> | MediaRow<S, F>

interface Placed {
  /** Indices into `lifelines`. */
  readonly from: number
  readonly to: number
  /** µs since 1970. */
  readonly timeUs: number
  /** µs since the first message; negative where media came before it. */
  readonly sinceUs: number
  /** Index into `calls`. */
  readonly leg: number
}

/** One arrow. */
export interface MessageRow<F extends Finding = Finding> extends Placed {
  readonly kind: 'message'
  /** The messages that it stands for: one, or retransmissions that are alike; indices into the ladder of the leg. */
  readonly steps: readonly number[]
  /** The first of them. */
  readonly step: LadderStepReport
  /** Time of the last of them. */
  readonly lastUs: number
  /** µs since the message before. */
  readonly deltaUs: number
  /** Those that name one of its frames. */
  readonly findings: readonly F[]
}

/** A stream begins. */
export interface MediaRow<S extends Stream = Stream, F extends Finding = Finding> extends Placed {
  readonly kind: 'media'
  readonly flow: MediaFlow<S>
  readonly lastUs: number
  readonly findings: readonly F[]
}

/** Nothing is signalled for so long that it would not be seen: the ladder is in the order of events, not to scale. */
export interface GapRow {
  readonly kind: 'gap'
  readonly timeUs: number
  readonly lastUs: number
}

/** More streams than a call has, unless somebody makes them up. */
const MOST_STREAMS = 200
/** Silence that is said. */
const GAP_US = 1_000_000

/** Puts a ladder together. Rows are in the order of their times; every message has a part in exactly one arrow. */
export function ladderOf<S extends Stream, F extends Finding>(source: LadderSource<S, F>): Ladder<S, F> {
  const { calls, streams, findings = [] } = source
  const lifelines = lifelinesOf(calls)
  const messages = messageRows(source, lifelines, findings)
  const places = new MediaPlaces(calls, [...lifelines])
  const beyond = (endpoint: string): number => {
    const name = addressOf(endpoint)
    const known = lifelines.findIndex((line) => line.name === name)
    return known >= 0 ? known : lifelines.push({ name, endpoints: [] }) - 1
  }
  const media = mediaFlows(streams.slice(0, MOST_STREAMS)).map((flow): MediaRow<S, F> => {
    const { stream, rtcp } = flow
    const { from, to } = places.of(stream)
    const ids = new Set([stream, ...rtcp].map(({ id }) => id))
    return {
      kind: 'media',
      flow,
      from: from >= 0 ? from : beyond(stream.src),
      to: to >= 0 ? to : beyond(stream.dst),
      timeUs: microseconds(stream.firstTime),
      sinceUs: microseconds(stream.firstTime) - (messages[0]?.timeUs ?? microseconds(stream.firstTime)),
      lastUs: microseconds(stream.lastTime),
      leg: Math.max(
        0,
        calls.findIndex(({ callId }) => callId === stream.callId),
      ),
      findings: findings.filter(({ streamId }) => streamId !== undefined && ids.has(streamId)),
    }
  })
  // A stable sort: messages of one time stay in their order, and stand before the media they begin.
  const rows = [...messages, ...media].sort((a, b) => a.timeUs - b.timeUs)
  return {
    lifelines,
    rows: rows.flatMap((row, n) => [...gapBefore(rows, n), row]),
    legs: calls.length,
    messagesLeft: calls.reduce((sum, { messages, ladder = [] }) => sum + Math.max(0, messages - ladder.length), 0),
    streamsLeft: Math.max(0, streams.length - MOST_STREAMS),
  }
}

function gapBefore(rows: readonly ArrowRow[], n: number): GapRow[] {
  if (n === 0) return []
  const before = rows[n - 1]
  // An arrow of several messages lasts until the last of them.
  const timeUs = before.kind === 'message' ? before.lastUs : before.timeUs
  const lastUs = rows[n].timeUs
  return lastUs - timeUs < GAP_US ? [] : [{ kind: 'gap', timeUs, lastUs }]
}

interface PlacedStep {
  readonly leg: number
  readonly index: number
  readonly step: LadderStepReport
}

function messageRows<F extends Finding>(
  { calls, unfolded = false }: LadderSource,
  lifelines: readonly Lifeline[],
  findings: readonly F[],
): MessageRow<F>[] {
  const lineOf = new Map(lifelines.flatMap(({ endpoints }, n) => endpoints.map((endpoint) => [endpoint, n] as const)))
  const placed = calls.flatMap(({ ladder = [] }, leg) => ladder.map((step, index) => ({ leg, index, step })))
  if (calls.length > 1) placed.sort((a, b) => microseconds(a.step.time) - microseconds(b.step.time))
  const arrows = unfolded ? placed.map((one) => [one]) : folded(placed)
  const startUs = placed.length === 0 ? 0 : microseconds(placed[0].step.time)
  let beforeUs = startUs
  return arrows.map((group): MessageRow<F> => {
    const [{ step, leg }] = group
    const timeUs = microseconds(step.time)
    const deltaUs = timeUs - beforeUs
    beforeUs = timeUs
    return {
      kind: 'message',
      from: lineOf.get(step.from) as number,
      to: lineOf.get(step.to) as number,
      timeUs,
      leg,
      steps: group.map(({ index }) => index),
      step,
      lastUs: microseconds((group.at(-1) as PlacedStep).step.time),
      sinceUs: timeUs - startUs,
      deltaUs,
      findings: findings.filter((finding) => group.some((one) => pointsAt(finding, one.step, calls[leg].callId))),
    }
  })
}

/** Repeated messages with no other between them: those that are alike share an arrow, in the place of the first. */
function folded(placed: readonly PlacedStep[]): PlacedStep[][] {
  const arrows: PlacedStep[][] = []
  let run = new Map<string, PlacedStep[]>()
  for (const one of placed) {
    const { leg, step } = one
    if (!step.repeated) {
      run = new Map()
      arrows.push([one])
      continue
    }
    const key = JSON.stringify([leg, step.from, step.to, step.label])
    const known = run.get(key)
    if (known !== undefined) {
      known.push(one)
      continue
    }
    const group = [one]
    run.set(key, group)
    arrows.push(group)
  }
  return arrows
}

function pointsAt({ frames, capture, callId }: Finding, step: LadderStepReport, ofCall: string): boolean {
  if (callId !== undefined && callId !== ofCall) return false
  return (
    frames.includes(step.frame) && (capture === undefined || step.capture === undefined || capture === step.capture)
  )
}
