import { ceilingOf } from '../limits/limits.ts'
import type { Analysis } from '../model/analysis.ts'
import type { Call, Finding, Stream } from '../model/report.ts'
import type { LargeReport } from '../model/report-objects.ts'
import { subsetOf } from '../model/subset.ts'
import { reportedStream } from '../model/timeline.ts'
import { totalsOf } from '../model/totals.ts'
import type { Policy } from '../policy/policy.ts'
import type { Engine } from '../verify/engine.ts'
import type { Rest } from '../verify/first-pass/slab-source.ts'
import { Archive } from './archive.ts'
import type { EndedObject } from './ended-calls.ts'
import { NOTHING_HEARD } from './filtered-signalling.ts'
import { applyFilters, type Filters } from './filters.ts'
import { LastHeard } from './last-heard.ts'
import { emptyReport, type FindingFilters, findingsOf, joinedReport, reportOf } from './report-of.ts'
import { SETTLED_US, type Settled, settledBy } from './settled.ts'
import type { TraceScan } from './trace-scan.ts'

/** A call that has ended and is judged for good, with what belongs to it. */
export interface EndedCall {
  readonly call: Call
  readonly streams: readonly Stream[]
  readonly findings: readonly Finding[]
}

/** What is known of a trace while it goes on. */
export interface TraceSnapshot {
  /** How far the trace has come: µs since 1970 by the capture's clock; 0 before the first packet. */
  readonly atUs: number
  /** The report on what is at hand: what was not let go of before. Its totals are those of the whole trace. */
  readonly report: LargeReport
  /** Calls of `report` that are let go with this snapshot: the next one does not have them any more. */
  readonly ended: readonly EndedCall[]
  /** Streams of no call that are let go with this snapshot, with what was found in them; absent where there are none. */
  readonly strays?: { readonly streams: readonly Stream[]; readonly findings: readonly Finding[] }
  /** What waits inside: octets of signalling not yet heard, octets of packets kept for a later judgement. */
  readonly queues: { readonly signallingBytes: number; readonly deferredBytes: number }
}

/** How the facts of the trace are judged and what of them is shown. */
interface Judging {
  readonly policy: Policy
  readonly filters: Filters
  readonly findings: FindingFilters
}

const SNAPSHOT_MS = 1000
/** A snapshot may take a tenth of the time at most. */
const SHARE = 10
/** Where nobody looks at snapshots, ended calls are let go of when more than these are kept, or when so much is spilled. */
const MOST_CALLS = 20_000
const MOST_SPILLED = 1 << 30

interface RunningOptions {
  readonly onSnapshot?: (snapshot: TraceSnapshot) => void
  readonly snapshotMs?: number
  /** Called with what is let go, calls first. */
  readonly onReleased?: (objects: Iterable<EndedObject>) => void
  /** Packets come as they are captured: what nothing comes of has ended all the same. */
  readonly live?: boolean
}

/** A trace that goes on: looks at it now and then, and lets go of what has ended. */
export class RunningTrace implements Rest {
  readonly #trace: TraceScan
  readonly #engine: Engine
  readonly #judging: Judging
  readonly #onSnapshot: ((snapshot: TraceSnapshot) => void) | undefined
  readonly #onReleased: RunningOptions['onReleased']
  readonly #isLive: boolean
  readonly #archive = new Archive()
  readonly #heard = new LastHeard()
  readonly #everyMs: number
  readonly #mostCalls: number
  #nextMs = 0
  /** Where the trace was when it was looked at last, and when that was. */
  #seen = { records: -1, timeUs: 0, atMs: 0 }

  constructor(
    trace: TraceScan,
    engine: Engine,
    judging: Judging,
    { onSnapshot, onReleased, snapshotMs = SNAPSHOT_MS, live = false }: RunningOptions,
  ) {
    this.#trace = trace
    this.#engine = engine
    this.#mostCalls = Math.min(MOST_CALLS, ceilingOf('callIds', engine.maxMemoryBytes) / 2)
    this.#judging = judging
    this.#onSnapshot = onSnapshot
    this.#onReleased = onReleased
    this.#isLive = live
    this.#everyMs = snapshotMs
    this.#nextMs = performance.now() + snapshotMs
  }

  dueInMs(): number {
    const ms = this.#nextMs - performance.now()
    if (ms > 0) return ms
    if (this.#onSnapshot !== undefined || this.#isCrowded()) return 0
    this.#nextMs = performance.now() + this.#everyMs
    return this.#everyMs
  }

  async run(): Promise<void> {
    const begun = performance.now()
    await this.#look(begun)
    this.#nextMs = begun + Math.max(this.#everyMs, SHARE * (performance.now() - begun))
  }

  /** The report on the whole trace from that on what was left at its end. */
  completed(last: LargeReport): LargeReport {
    return this.#archive.completed(last)
  }

  /** The same where what was left cannot be judged; absent where nothing was let go before. */
  archived(): LargeReport | undefined {
    const { captures, frames, sipMessages } = this.#trace.counted
    return this.#archive.isEmpty ? undefined : this.completed(emptyReport(captures, { frames, sipMessages }))
  }

  /** Calls or streams were let go: what comes is the rest. */
  get hasLetGo(): boolean {
    return !this.#archive.isEmpty
  }

  #isCrowded(): boolean {
    return this.#trace.callsKept > this.#mostCalls || this.#engine.spilledBytes > MOST_SPILLED
  }

  /** By the capture's clock, which goes on while nothing comes; 0 before the first packet. */
  #nowUs(nowMs: number): number {
    const { records } = this.#engine
    if (records !== this.#seen.records) this.#seen = { records, timeUs: this.#trace.timeUs, atMs: nowMs }
    const { timeUs, atMs } = this.#seen
    return timeUs > 0 && this.#isLive ? timeUs + (nowMs - atMs) * 1000 : timeUs
  }

  async #look(nowMs: number): Promise<void> {
    const { policy, filters, findings } = this.#judging
    const nowUs = this.#nowUs(nowMs)
    const analysis = await this.#trace.analysis()
    const settled = this.#isLive
      ? settledBy(analysis, this.#heard.look(nowUs, nowMs), (name, ownUs) => this.#heard.of(name, ownUs))
      : settledBy(analysis, nowUs)
    const shown = applyFilters(analysis, filters, this.hasLetGo)
    const report = await reportOf(shown, policy, findings)
    const whole = { ...report, totals: this.#archive.totalsWith(report.totals) }
    const names = callIdsOf(analysis, settled)
    const ended = endedCalls(report, names)
    const strays = endedStrays(report, settled.streams)
    this.#onSnapshot?.({
      atUs: nowUs,
      report: whole,
      ended,
      ...(strays.streams.length > 0 && { strays }),
      queues: { signallingBytes: this.#engine.signallingBytes, deferredBytes: this.#engine.spilledBytes },
    })
    if (names.size === 0 && settled.streams.size === 0) return
    this.#keep(shown, report, settled, names)
    const kept = new Set(analysis.streams.flatMap(({ report: { id } }) => (settled.streams.has(id) ? [] : [id])))
    this.#trace.release(names, settled.streams, kept, nowUs - SETTLED_US)
  }

  /** Puts what is let go into the archive: with what is said of it, and with what is said of it as a whole. */
  #keep(shown: Analysis, report: LargeReport, { streams }: Settled, callIds: ReadonlySet<string>): void {
    const calls = new Map<number, number>()
    let index = 0
    for (const { callId } of shown.calls) {
      if (callIds.has(callId)) calls.set(index, calls.size)
      index++
    }
    const part = onItsOwn(subsetOf(shown, calls, (stream) => streams.has(stream.report.id)))
    const isOfOne = ({ callId, streamId }: Finding): boolean => callId !== undefined || streamId !== undefined
    const isOfPart = ({ callId, streamId }: Finding): boolean =>
      callId !== undefined ? callIds.has(callId) : streamId !== undefined && streams.has(streamId)
    const asWhole = findingsOf(part, this.#judging.policy, this.#judging.findings).filter((one) => !isOfOne(one))
    const findings = [...[...report.findings].filter(isOfPart), ...asWhole]
    const released = {
      calls: [...part.calls].map((call) => call.report),
      streams: part.streams.map(reportedStream),
    }
    const { policyNotShown } = report
    const joined = joinedReport(part)
    this.#archive.add({ ...released, joined, findings, totals: totalsOf(part, findings), policyNotShown })
    this.#onReleased?.([
      ...released.calls.map((call) => ({ type: 'call' as const, ...call })),
      ...released.streams.map((stream) => ({ type: 'stream' as const, ...stream })),
    ])
  }
}

function callIdsOf(analysis: Analysis, { calls }: Settled): Set<string> {
  const callIds = new Set<string>()
  if (calls.size === 0) return callIds
  let index = 0
  for (const { callId } of analysis.calls) if (calls.has(index++)) callIds.add(callId)
  return callIds
}

function endedCalls(report: LargeReport, callIds: ReadonlySet<string>): EndedCall[] {
  if (callIds.size === 0) return []
  const ended = new Map<string, { call: Call; streams: Stream[]; findings: Finding[] }>()
  for (const call of report.calls)
    if (callIds.has(call.callId)) ended.set(call.callId, { call, streams: [], findings: [] })
  for (const stream of report.streams) ended.get(stream.callId ?? '')?.streams.push(stream)
  for (const finding of report.findings) ended.get(finding.callId ?? '')?.findings.push(finding)
  return [...ended.values()]
}

function endedStrays(report: LargeReport, settled: ReadonlySet<string>): Required<TraceSnapshot>['strays'] {
  const streams = [...report.streams].filter(({ id, callId }) => callId === undefined && settled.has(id))
  const ids = new Set(streams.map(({ id }) => id))
  const isOfThese = ({ callId, streamId }: Finding) => callId === undefined && ids.has(streamId ?? '')
  return { streams, findings: ids.size === 0 ? [] : [...report.findings].filter(isOfThese) }
}

/** The same without what is the trace's as a whole: that stays with the trace. */
function onItsOwn(part: Analysis): Analysis {
  return {
    ...part,
    anomalies: [],
    clearSip: [],
    tls: [],
    keysElsewhere: [],
    signalling: { ...part.signalling, ...NOTHING_HEARD },
    frames: 0,
    sipMessages: 0,
  }
}
