import type { FrameRef } from '../bytes/frame-ref.ts'
import { grown } from '../bytes/grown-list.ts'
import { inOnePiece } from '../bytes/one-piece.ts'
import type { AnalysedCall, AnalysedStream, Analysis, TraceFacts } from '../model/analysis.ts'
import type { Finding, Severity } from '../model/report.ts'
import { formatTime } from '../model/time.ts'
import { DEFAULT_POLICY, type Policy } from '../policy/policy.ts'
import { FindingRoom, type OnRuleLimit } from './finding-room.ts'
import { StreamsByCall } from './streams-by-call.ts'

/** What a rule is about, for `srtp-scan rules ID` and the documentation. */
export interface RuleText {
  readonly id: string
  /** Of the worst it says. */
  readonly severity: Severity
  readonly title: string
  /** What it means, and how it shows. */
  readonly meaning: string
  readonly shows: string
  readonly causes: readonly string[]
  /** What to change. */
  readonly remedy: string
  readonly references: readonly string[]
  readonly kinds?: readonly string[]
}

/** A rule: a pure function from the facts to findings. It never touches packets. */
export interface Rule {
  readonly text: RuleText
  /** Begins to judge a trace. Calls are shown to it one at a time, for there may be more of them than fit into memory. */
  begin(trace: TraceFacts, policy: Policy, onLimit: OnRuleLimit): Judging
  /** All that it finds. */
  find(analysis: Analysis, policy?: Policy): Finding[]
}

/** A rule at work on one trace. */
export interface Judging {
  /** Findings of the next call: `index` is its place in the trace, `streams` are those that it owns, in the trace's order. */
  readonly call?: (call: AnalysedCall, index: number, streams: readonly AnalysedStream[]) => readonly Finding[]
  /** Findings that are none of a call's, or that all calls had to be seen for. */
  readonly end?: () => readonly Finding[]
  /** Findings that are explained by others: called last, with what all rules found up to then. */
  readonly conclude?: (found: readonly Finding[]) => readonly Finding[]
}

/** What a rule says of most calls. */
export const NO_FINDINGS: readonly Finding[] = []

export function defineRule(text: RuleText, begin: Rule['begin']): Rule {
  return { text, begin, find: (analysis, policy = DEFAULT_POLICY) => judge([{ text, begin }], analysis, policy)[0] }
}

/** What each of several rules finds, as far as there is room; each call is put together once for all of them. */
export function judge(
  rules: readonly Pick<Rule, 'text' | 'begin'>[],
  analysis: Analysis,
  policy: Policy,
  room: FindingRoom = new FindingRoom(),
): Finding[][] {
  const judging = rules.map(({ begin }) => begin(analysis, policy, room.counter()))
  const found: Finding[][] = rules.map(() => [])
  const keep = (some: readonly Finding[], n: number) => {
    if (some.length === 0) return
    for (const one of some) if (room.has(one)) found[n].push(one)
  }
  const ofCalls = judging.flatMap(({ call: find }, n) => (find === undefined ? [] : [{ find, n }]))
  const streamsByCall = new StreamsByCall(analysis)
  let index = 0
  for (const call of analysis.calls) {
    const streams = streamsByCall.of(index)
    for (const { find, n } of ofCalls) keep(find(call, index, streams), n)
    index++
  }
  for (const [n, { end }] of judging.entries()) keep(end?.() ?? NO_FINDINGS, n)
  const concluding = judging.flatMap(({ conclude }, n) => (conclude === undefined ? [] : [{ conclude, n }]))
  const all = concluding.length === 0 ? NO_FINDINGS : found.flat()
  for (const { conclude, n } of concluding) keep(conclude(all), n)
  return found
}

/** A frame, and when it came where that is known. */
export type Place = Pick<FrameRef, 'capture' | 'frame'> & Partial<Pick<FrameRef, 'timeUs'>>

/** What a rule says of one place. Frames are those that prove it. */
export interface Statement {
  readonly kind?: string | undefined
  readonly severity?: Severity | undefined
  readonly title?: string | undefined
  readonly detail: string
  readonly remedy?: string | undefined
  readonly callId?: string | undefined
  readonly streamId?: string | undefined
  readonly at?: readonly Place[]
  /** In place of the rule's own, where the statement rests on others. */
  readonly references?: readonly string[]
  readonly evidence?: Readonly<Record<string, unknown>>
}

/** Frames that a finding names at most. */
export const FRAMES = 20

/** A finding of a rule; what the statement leaves open comes from the rule's text. */
export function finding(rule: RuleText, trace: TraceFacts, statement: Statement): Finding {
  const { kind, callId, streamId, at = [], evidence = {} } = statement
  return {
    rule: rule.id,
    kind,
    severity: statement.severity ?? rule.severity,
    title: statement.title ?? rule.title,
    detail: inOnePiece(statement.detail),
    remedy: statement.remedy ?? rule.remedy,
    callId,
    streamId,
    time: callId === undefined && streamId === undefined ? timeOf(at[0]) : undefined,
    capture: trace.severalCaptures ? at[0]?.capture : undefined,
    frames: framesOf(at),
    evidence,
    references: statement.references ?? rule.references,
  }
}

function timeOf(at: Place | undefined): string | undefined {
  return at?.timeUs === undefined ? undefined : formatTime(at.timeUs)
}

/** Frame numbers are those of one capture. */
function framesOf(at: NonNullable<Statement['at']>): readonly number[] {
  let frames: readonly number[] = NO_FRAMES
  for (const { capture, frame } of at) {
    if (capture === at[0].capture && !frames.includes(frame)) frames = grown(frames, frame)
    if (frames.length === FRAMES) break
  }
  return frames
}

const NO_FRAMES: readonly number[] = []
