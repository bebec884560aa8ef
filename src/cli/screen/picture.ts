import { addToList } from '../../bytes/lists-by-key.ts'
import type { Snapshot } from '../../live/snapshot.ts'
import type { Finding, JoinedCallsReport, Stream } from '../../model/report.ts'
import { type CallDetails, type CallRow, callRow, keyOf, searchText } from './call-row.ts'
import { packedRow } from './packed-details.ts'

/** Released calls that stay in the list. */
export const MOST_RELEASED = 10_000
/** Streams without a call, and findings about no call, of what is released. */
const MOST_OTHERS = 1000

/** A stream that no call was found for. */
export interface StreamRow {
  readonly kind: 'stream'
  readonly key: string
  readonly stream: Stream
  readonly findings: readonly Finding[]
  readonly search: string
  /** The scan has let it go: this is the last that was known. */
  readonly released?: true
}

/** A finding that is about no call at hand. */
export interface FindingRow {
  readonly kind: 'finding'
  readonly key: string
  readonly finding: Finding
  readonly search: string
  readonly released?: true
}

export type Row = CallRow | StreamRow | FindingRow

/** How fast packets come. */
interface Pace {
  /** Packets a second up to `atMs`; absent where only one snapshot came. */
  readonly perSecond?: number
  /** Packets that had come by then. */
  readonly frames: number
  readonly atMs: number
}

/** All that the screen can show of the trace at one moment. */
export interface Picture {
  readonly snapshot: Snapshot
  readonly pace: Pace
  /** Calls that go on or are not yet released. */
  readonly running: readonly CallRow[]
  /** Released calls, the newest last. */
  readonly released: readonly CallRow[]
  readonly streams: readonly StreamRow[]
  readonly findings: readonly FindingRow[]
}

export function nextPicture(before: Picture | undefined, snapshot: Snapshot, nowMs: number): Picture {
  const { report, ended } = snapshot
  const callIds = new Set<string | undefined>()
  for (const { callId } of report.calls) callIds.add(callId)
  const streamsOf = grouped(report.streams, 'callId')
  const findingsOf = grouped(report.findings, 'callId')
  const findingsOfStream = grouped(report.findings, 'streamId')
  const joined = new Map(report.joined?.flatMap((group) => group.callIds.map((callId) => [callId, group] as const)))
  const endedCalls = ended.slice(-MOST_RELEASED).map((details) => packedRow(callRow(withLegs(details, joined))))
  const endedKeys = new Set(ended.map(({ call }) => keyOf(call)))
  const running: CallRow[] = []
  for (const call of report.calls) {
    if (endedKeys.has(keyOf(call))) continue
    const { callId } = call
    const details = { call, streams: streamsOf.get(callId) ?? [], findings: findingsOf.get(callId) ?? [] }
    running.push(callRow(withLegs(details, joined)))
  }
  const streams = (streamsOf.get(undefined) ?? []).map((stream) =>
    streamRow(stream, findingsOfStream.get(stream.id) ?? []),
  )
  const others = [...findingsOf].flatMap(([callId, group]) => (callIds.has(callId) ? [] : group))
  const findings = others.map(findingRow)
  const streamsBefore = releasedStreams(before, report.streams)
  return {
    snapshot,
    pace: nextPace(before?.pace, report.totals.frames, nowMs),
    running,
    released: [...(before?.released ?? []), ...endedCalls].slice(-MOST_RELEASED),
    streams: [...streamsBefore, ...streams],
    findings: [...releasedFindings(before, findings, streamsBefore), ...findings],
  }
}

function withLegs(details: CallDetails, joined: ReadonlyMap<string, JoinedCallsReport>): CallDetails {
  const group = joined.get(details.call.callId)
  return group === undefined ? details : { ...details, joined: group }
}

/** Streams without a call that have been let go of; one that has found its call is with that. */
function releasedStreams(before: Picture | undefined, streams: Iterable<Stream>): StreamRow[] {
  if (before === undefined || before.streams.length === 0) return []
  const atHand = new Set<string>()
  for (const stream of streams) atHand.add(streamKey(stream))
  return before.streams
    .filter(({ key }) => !atHand.has(key))
    .slice(-MOST_OTHERS)
    .map((row) => ({ ...row, released: true }))
}

/**
 * Findings whose ground has been let go of: their stream, or calls with the snapshot before. What is not said any more
 * for another reason was overtaken by what came later.
 */
function releasedFindings(
  before: Picture | undefined,
  now: readonly FindingRow[],
  streams: readonly StreamRow[],
): FindingRow[] {
  if (before === undefined) return []
  const said = new Set(now.map(({ key }) => key))
  const gone = new Set(streams.map(({ stream }) => stream.id))
  const callsGone = before.snapshot.ended.length > 0
  return before.findings
    .filter(({ key, finding, released }) => {
      const { streamId } = finding
      return !said.has(key) && (released || (streamId === undefined ? callsGone : gone.has(streamId)))
    })
    .slice(-MOST_OTHERS)
    .map((row) => ({ ...row, released: true }))
}

function grouped<K extends string, T extends { readonly [key in K]?: string | undefined }>(
  all: Iterable<T>,
  by: K,
): Map<string | undefined, T[]> {
  const groups = new Map<string | undefined, T[]>()
  for (const one of all) addToList(groups, one[by], one)
  return groups
}

/** Below this, two snapshots are too near each other to tell how fast packets come. */
const SHORTEST_MS = 500

function nextPace(before: Pace | undefined, frames: number, atMs: number): Pace {
  if (before === undefined) return { frames, atMs }
  const passedMs = atMs - before.atMs
  if (passedMs < SHORTEST_MS) return before
  return { perSecond: Math.max(0, ((frames - before.frames) * 1000) / passedMs), frames, atMs }
}

function streamKey({ kind, src, dst, ssrc }: Stream): string {
  return `${kind} ${src} ${dst} ${ssrc}`
}

function streamRow(stream: Stream, findings: readonly Finding[]): StreamRow {
  return {
    kind: 'stream',
    key: streamKey(stream),
    stream,
    findings,
    search: searchText([stream.src, stream.dst, stream.ssrc, stream.codec ?? '', ...findings.map(({ rule }) => rule)]),
  }
}

function findingRow(finding: Finding): FindingRow {
  const { rule, kind = '', detail, capture = '', callId = '', streamId = '', frames } = finding
  return {
    kind: 'finding',
    key: [rule, kind, capture, callId, streamId, frames[0]].join(' '),
    finding,
    search: searchText([rule, kind, detail, callId]),
  }
}
