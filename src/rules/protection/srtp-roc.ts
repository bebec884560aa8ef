import type { AnalysedCall, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import type { Renumbering } from '../../verify/repeat-list.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { judgeByCall } from '../streams-by-call.ts'
import { Moments } from './moment.ts'

const text: RuleText = {
  id: 'srtp-roc',
  severity: 'error',
  title: 'The rollover counter is another than the receiver has',
  meaning:
    'The tag covers a rollover counter that no packet carries: sender and receiver each count the wraps of the sequence ' +
    'number. Where their counts differ, every tag fails at the receiver, though key and suite are right.',
  shows:
    'Tags that verify only under a rollover counter that the negotiated state does not give: not 0 at the start ' +
    '(offset), the same after the sequence number wrapped (not-advanced), or a lower one again (reset). Or the sequence number ' +
    'itself is set back under the same key (set-back): each tag is right, and a receiver with a replay list drops the packets ' +
    'as old. Or it is set forward by more than half of all numbers (set-forward), which a receiver takes for the counter before. ' +
    'They count as verified here; the receiver drops them.',
  causes: [
    'a sender or SBC that keeps its SRTP context from an earlier call or leg',
    'a media relay that joined, or took over after a failover, without the rollover counter',
    'a sender that makes a new SRTP context at hold, resume or re-INVITE, and keeps the SSRC',
    'an implementation that never counts wraps: calls break after up to 22 minutes of 20 ms packets',
  ],
  remedy:
    'Have the sender start at 0 with each new SSRC and keep counting through hold, re-INVITE and re-keying; where it must ' +
    'start anew, have it choose a new SSRC.',
  references: ['RFC 3711 §3.3.1', 'RFC 3711 §3.3.2', 'RFC 3711 Appendix A', 'RFC 4568 §6.4'],
  kinds: ['offset', 'not-advanced', 'reset', 'set-back', 'set-forward'],
}

type Change = NonNullable<AnalysedStream['rocChanges']>[number]

/** A stream that begins later after its answer may have begun before the capture did. */
const START_US = 1_000_000
/** So soon behind a wrap the capture may lack the packets from before it. */
const JUST_WRAPPED = 256

export const srtpRoc = defineRule(text, (trace) => {
  const changed = trace.streams.filter(
    (stream) => stream.rocChanges !== undefined || isSetBack(stream) || isSetForward(stream),
  )
  const moments = new Moments(trace, changed)
  const offset = changed.filter(isOffset)
  const heard = offset.length > 0 ? sourcesHeard(trace) : NOBODY
  const before = changesOfSource(trace, offset)
  return judgeByCall(changed, (stream, call) => {
    if (stream.rocChanges !== undefined)
      return faultsByKind(stream, call, heard, before.has(stream)).map((faults) =>
        describe(trace, stream, faults, moments.of(stream, call, faults[0].timeUs)),
      )
    return [isSetBack(stream) ? describeSetBack(trace, stream, stream.setBack) : describeSetForward(trace, stream)]
  })
})

/** About a second of voice: what is sent again in a burst, and then goes on as before, is shorter. */
const LEAST_SET_BACK = 50

type Renumbered = Pick<AnalysedStream, 'firstAt'>

/** Captures of two points beside each other show each packet twice, and as far apart as their clocks are. */
function isSetBack(stream: AnalysedStream): stream is AnalysedStream & { readonly setBack: Renumbering } {
  return stream.setBack !== undefined && isLasting(stream.setBack, stream)
}

/**
 * Under the first counter nothing comes before it, and receivers take a number that lies ahead for what it is (libsrtp). Where time
 * enough has passed the numbers between may have been sent, and it is the capture that lacks them.
 */
function isSetForward({ setForward, firstAt }: AnalysedStream): boolean {
  return (
    setForward !== undefined &&
    isLasting(setForward, { firstAt }) &&
    setForward.roc > 0 &&
    setForward.by > (setForward.afterMs / 1000) * MOST_PER_SECOND
  )
}

function isLasting({ since, capture }: Renumbering, { firstAt }: Renumbered): boolean {
  return since >= LEAST_SET_BACK && capture === firstAt.capture
}

function describeSetBack(trace: TraceFacts, { report }: AnalysedStream, setBack: Renumbering): Finding {
  const { frame, capture, by, since } = setBack
  const dropped = Math.min(since, by)
  return finding(text, trace, {
    kind: 'set-back',
    detail:
      `${report.src} sets its sequence number back by ${by} before frame ${frame}, and keeps its SSRC and key. A receiver ` +
      `that keeps a replay list, as RFC 3711 asks (${report.dst}), takes the ${dropped} packets from there on for old and drops them.`,
    callId: report.callId,
    streamId: report.id,
    at: [{ capture, frame }],
    evidence: { frame, behind: by, packets: dropped, ssrc: report.ssrc },
  })
}

function describeSetForward(trace: TraceFacts, { report, setForward }: AnalysedStream): Finding {
  const { frame, capture, by, since, roc } = setForward as NonNullable<typeof setForward>
  return finding(text, trace, {
    kind: 'set-forward',
    detail:
      `${report.src} sets its sequence number forward by ${by} before frame ${frame} under the rollover counter ${roc}, and keeps its ` +
      `SSRC and key. A receiver that counts as RFC 3711 asks (${report.dst}) takes the ${since} packets from there on for those of ` +
      `the counter ${roc - 1}, of which nothing verifies, and drops them.`,
    callId: report.callId,
    streamId: report.id,
    at: [{ capture, frame }],
    evidence: { frame, ahead: by, roc, packets: since, ssrc: report.ssrc },
  })
}

/** The changes that are faults, kind by kind: the first of each says what the others follow from. */
function faultsByKind(
  stream: AnalysedStream,
  call: AnalysedCall | undefined,
  heard: SourcesHeard,
  isChange: boolean,
): Change[][] {
  const faults = (stream.rocChanges ?? []).filter(
    (change) =>
      change.kind !== 'offset' ||
      (isFromTheStart(stream, change, call, isChange) && !goesOnFromElsewhere(heard, stream, change)),
  )
  const kinds = [...new Set(faults.map(({ kind }) => kind))]
  return kinds.map((kind) => faults.filter((change) => change.kind === kind))
}

/** More than any sender sends: the voice of 2.5 ms packets 400, a large picture somewhat more than a thousand. */
const MOST_PER_SECOND = 2000

/**
 * Whether the capture holds the stream's beginning: its first packet comes within 1 s of an answer, or of the last one of the SSRC
 * that its sender had before, or so soon after the INVITE that nobody could have sent as many packets as the counter stands for.
 */
function isFromTheStart(
  stream: AnalysedStream,
  change: Change,
  call: AnalysedCall | undefined,
  isChange: boolean,
): boolean {
  const { expected, found, sequence } = change
  if (found === expected + 1 && sequence < JUST_WRAPPED) return false
  if (call === undefined || call.answerUs === undefined || call.state === 'incomplete') return false
  const { timeUs } = stream.firstAt
  const packetsBefore = (found - expected - 1) * 65_536 + sequence
  if (isChange || packetsBefore > ((timeUs - call.startUs) / 1e6) * MOST_PER_SECOND) return true
  return stream.lines.some(({ exchange }) =>
    call.exchanges[exchange]?.answers.some(({ at }) => Math.abs(at.timeUs - timeUs) <= START_US),
  )
}

/** Those of the streams that begin where another SSRC of the same sender to the same receiver ended a second or two ago (RFC 3550 §8). */
function changesOfSource({ streams }: TraceFacts, some: readonly AnalysedStream[]): ReadonlySet<AnalysedStream> {
  const flows = new Set(some.map(flowOf))
  /** When the first of those began that ended in a second: a flow may have thousands. */
  const ended = new Map<string, number>()
  for (const stream of flows.size === 0 ? [] : streams) {
    if (!flows.has(flowOf(stream))) continue
    const name = endedIn(stream, secondOf(stream.lastAt))
    ended.set(name, Math.min(ended.get(name) ?? Number.POSITIVE_INFINITY, stream.firstAt.timeUs))
  }
  return new Set(
    some.filter((stream) => {
      const second = secondOf(stream.firstAt)
      return [second - 1, second, second + 1].some(
        (one) => (ended.get(endedIn(stream, one)) ?? Number.POSITIVE_INFINITY) < stream.firstAt.timeUs,
      )
    }),
  )
}

function secondOf({ timeUs }: AnalysedStream['firstAt']): number {
  return Math.floor(timeUs / 1e6)
}

function endedIn(stream: AnalysedStream, second: number): string {
  return `${second} ${flowOf(stream)}`
}

function flowOf({ report: { kind, src, dst, callId } }: AnalysedStream): string {
  return `${kind} ${src} ${dst} ${callId}`
}

/**
 * Whether the source was heard before between other ports, as after a re-INVITE that moves them, and its counter has only gone on:
 * receivers keep a stream by its SSRC (libsrtp), and a counter that began anew under the same key would use its key stream twice
 * (RFC 3711 §9.1).
 */
function goesOnFromElsewhere(heard: SourcesHeard, stream: AnalysedStream, { found }: Change): boolean {
  const { timeUs } = stream.firstAt
  return [found, found - 1].flatMap((roc) => namesAt(stream, roc)).some((name) => (heard.get(name) ?? timeUs) < timeUs)
}

/** When a source was first heard that ends with a rollover counter, µs: looked up, for a call may have thousands of both. */
type SourcesHeard = ReadonlyMap<string, number>

const NOBODY: SourcesHeard = new Map()

function sourcesHeard({ streams }: TraceFacts): SourcesHeard {
  const heard = new Map<string, number>()
  for (const stream of streams) {
    const { report, firstAt } = stream
    for (const name of report.roc === undefined ? [] : namesAt(stream, report.roc.last))
      heard.set(name, Math.min(heard.get(name) ?? firstAt.timeUs, firstAt.timeUs))
  }
  return heard
}

/** A source is the same by its address or by its key: a relay sends on another leg under the same SSRC, and counts for itself. */
function namesAt({ report, source }: AnalysedStream, roc: number): readonly string[] {
  const { ssrc, kind, callId, keyFingerprint } = report
  // A Call-ID may hold anything, and stands last.
  return [source.address, keyFingerprint].map((by) => `${kind} ${ssrc} ${roc} ${by} ${callId}`)
}

function isOffset({ rocChanges }: AnalysedStream): boolean {
  return rocChanges?.some(({ kind }) => kind === 'offset') === true
}

function describe(
  trace: TraceFacts,
  { report, firstAt }: AnalysedStream,
  [change, ...more]: readonly Change[],
  moment: ReturnType<Moments['of']>,
): Finding {
  const { kind, expected, found, frame, packets, sequence } = change
  return finding(text, trace, {
    kind,
    detail:
      `${report.src} ${SENTENCE[kind](change)}${moment.text}. ${packets} packets from there on fail at a receiver that ` +
      `counts as RFC 3711 asks (${report.dst}).`,
    callId: report.callId,
    streamId: report.id,
    at: [...[change, ...more].map((one) => ({ capture: firstAt.capture, frame: one.frame })), ...moment.at],
    evidence: {
      expectedRoc: expected,
      foundRoc: found,
      frame,
      sequenceNumber: sequence,
      packets,
      ssrc: report.ssrc,
      ...(more.length > 0 && { times: more.length + 1 }),
      ...moment.evidence,
    },
  })
}

const SENTENCE: Readonly<Record<Change['kind'], (change: Change) => string>> = {
  offset: ({ expected, found, frame }) =>
    `starts with the rollover counter ${found} in frame ${frame}, where a new stream starts at ${expected}`,
  'not-advanced': ({ expected, found, frame }) =>
    `keeps the rollover counter ${found} when its sequence number wraps in frame ${frame}, where ${expected} is due`,
  reset: ({ expected, found, frame }) =>
    `sets its rollover counter back from ${expected} to ${found} in frame ${frame} and keeps its SSRC`,
}
