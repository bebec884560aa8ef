import type { AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'
import { StandIns } from './stand-ins.ts'

const text: RuleText = {
  id: 'media-quality',
  severity: 'warning',
  title: 'Packets are lost, or arrive unevenly',
  meaning:
    'RTP packets are missing, or their spacing varies by more than a usual jitter buffer evens out, on the way to the ' +
    'point of capture: words are clipped, voices sound metallic.',
  shows:
    'Sequence numbers that never come (loss: more than 1 % of those sent), or a highest interarrival jitter of more than ' +
    '20 ms. What happens behind the point of capture does not show. Timestamps that advance by another clock than the ' +
    "codec's look like jitter, and are told apart (clock).",
  causes: [
    'a link that is full: voice without priority (DSCP EF) behind other traffic',
    'Wi-Fi, a VPN or a mobile link on the path',
    'an SBC, a media relay or a virtual machine short of processor time',
    'a policer or a firewall that limits UDP',
    'the capturing host itself dropped packets',
    "a sender whose timestamps go by the codec's sampling rate where RTP has another clock (G.722, Opus)",
  ],
  remedy:
    'Capture on both sides of each hop to find where packets go missing, give voice priority there, and make sure that ' +
    'the capturing host drops none.',
  references: ['RFC 3550 §6.4.1', 'RFC 3550 A.3', 'RFC 3550 A.8'],
  kinds: ['loss', 'jitter', 'clock'],
}

const LOSS_PERCENT = 1
const JITTER_MS = 20
/** One second of 20 ms packets: a shorter stream is not worth a percentage. One or two missing packets are no loss to speak of. */
const LEAST_PACKETS = 50
const LEAST_LOST = 3

export const mediaQuality = defineRule(text, (trace) => {
  /** Calls whose session was changed: what a sender passed over in a silence may have been a hold, or gone elsewhere. */
  const changed = new Set<number>()
  return {
    call: ({ exchanges }, index, streams) => {
      if (streams.length > 0 && exchanges.some(({ renegotiates }) => renegotiates)) changed.add(index)
      return NO_FINDINGS
    },
    end: () => {
      const judged = trace.streams.filter(isLongEnough)
      const stoodIn = new StandIns(trace)
      const losing = judged.flatMap((stream) => {
        const isUnchanged = stream.call !== undefined && !changed.has(stream.call)
        return lossOf(stream, isUnchanged && !stoodIn.during(stream))
      })
      const byOtherClock = judged.filter(({ otherClock }) => otherClock !== undefined)
      const uneven = judged.filter(
        ({ report, otherClock }) => otherClock === undefined && (report.maxJitterMs ?? 0) > JITTER_MS,
      )
      const doubt = doubtOf(trace, losing.length, judged.length)
      const restOf = (kind: keyof typeof SUMMARIES) => (rest: readonly AnalysedStream[]) =>
        describeRest(trace, kind, rest)
      return [
        ...summedUp(
          losing,
          (loss) => describeLoss(trace, loss, doubt || gapOf(loss, losing)),
          (rest) => restOf('loss')(rest.map(({ stream }) => stream)),
        ),
        ...summedUp(uneven, (stream) => describeJitter(trace, stream), restOf('jitter')),
        ...summedUp(byOtherClock, (stream) => describeClock(trace, stream), restOf('clock')),
      ]
    },
  }
})

interface Loss {
  readonly stream: AnalysedStream
  readonly lost: number
  readonly expected: number
}

function isLongEnough({ report, isOfSeveralCalls }: AnalysedStream): boolean {
  return report.kind === 'rtp' && report.packets >= LEAST_PACKETS && !isOfSeveralCalls
}

/** RFC 3550 A.3. @param silenceCounts nothing else explains what is missing over a silence */
function lossOf(stream: AnalysedStream, silenceCounts: boolean): Loss[] {
  const { report, holes } = stream
  const { packets, lost = 0, duplicates = 0, captureDuplicates = 0, failed, verified } = report
  // A packet that fails among others that verify may have failed for its number: the true one is then missing too.
  const doubtful = verified > 0 ? failed : 0
  const missing = lost - holes.inLeaps - doubtful - (silenceCounts ? 0 : holes.inSilence)
  const expected = packets - duplicates - captureDuplicates + missing
  return missing >= LEAST_LOST && missing * 100 > expected * LOSS_PERCENT ? [{ stream, lost: missing, expected }] : []
}

/** What speaks for the capture, and not the network, as the one that lost them. */
function doubtOf({ captures }: TraceFacts, losing: number, judged: number): string {
  const dropped = captures.reduce((sum, { droppedFrames = 0 }) => sum + droppedFrames, 0)
  if (dropped > 0)
    return ` The capturing host says that it dropped ${dropped} frames: the packets may have been among them.`
  if (captures.some(({ lost }) => lost !== undefined))
    return ' Part of the capture itself is lost: the packets may have been in it.'
  return losing === judged && losing > 2
    ? ' All streams of the trace lose packets: the capturing host may have dropped them.'
    : ''
}

/** So long everything has to be missing for a gap of the capture, a file of a ring that is not there. */
const GAP_MS = 1_000
/** Streams go on behind it within so many of their intervals, and each has about one frame in each. */
const INTERVALS = 4

/** Where others lose the same time, it need not be the network that lost it. */
function gapOf({ stream }: Loss, losing: readonly Loss[]): string {
  const hole = stream.holes.largest
  if (hole === undefined || hole.durationMs < GAP_MS) return ''
  const others = losing.filter(({ stream: other }) => {
    const { largest } = other.holes
    return (
      other !== stream &&
      largest?.capture === hole.capture &&
      Math.abs(largest.frame - hole.frame) <= INTERVALS * losing.length &&
      Math.abs(largest.durationMs - hole.durationMs) * 10 <= hole.durationMs
    )
  }).length
  if (others === 0) return ''
  const who = others === 1 ? 'Another stream lacks' : `${others} other streams lack`
  return ` ${who} the same time: a part of the capture may be missing, a file of a ring for one.`
}

function describeLoss(trace: TraceFacts, { stream, lost, expected }: Loss, doubt: string): Finding {
  const { report, holes, firstAt, lastAt } = stream
  const { largest } = holes
  const percent = Math.round((1000 * lost) / expected) / 10
  const most =
    largest === undefined || largest.packets < 2
      ? ''
      : ` At most ${largest.packets} at once, ${durationText(largest.durationMs)}before frame ${largest.frame}.`
  return finding(text, trace, {
    kind: 'loss',
    detail:
      `${lost} of ${expected} RTP packets (${percent} %) from ${report.src} to ${report.dst} were lost before they were ` +
      `captured.${most}${doubt}`,
    callId: report.callId,
    streamId: report.id,
    at: largest === undefined ? [firstAt, lastAt] : [largest],
    evidence: {
      lost,
      expected,
      lossPercent: percent,
      ...(largest !== undefined && { mostAtOnce: largest.packets }),
      ...(largest !== undefined && largest.durationMs > 0 && { mostAtOnceMs: largest.durationMs }),
      ssrc: report.ssrc,
    },
  })
}

/** Nothing where the times of the packets do not tell. */
function durationText(ms: number): string {
  return ms > 0 ? `in ${ms} ms ` : ''
}

function describeJitter(trace: TraceFacts, { report, firstAt, lastAt }: AnalysedStream): Finding {
  const { maxJitterMs, jitterMs, reordered = 0 } = report
  const overtaken = reordered > 0 ? `; ${reordered} packets were overtaken by later ones` : ''
  return finding(text, trace, {
    kind: 'jitter',
    detail:
      `The interarrival jitter of ${report.packets} RTP packets from ${report.src} to ${report.dst} rises to ${maxJitterMs} ms ` +
      `where they were captured (${jitterMs} ms at the end)${overtaken}.`,
    callId: report.callId,
    streamId: report.id,
    at: [firstAt, lastAt],
    evidence: { maxJitterMs, jitterMs, packets: report.packets, reordered, ssrc: report.ssrc },
  })
}

function describeClock(trace: TraceFacts, { report, otherClock, firstAt, lastAt }: AnalysedStream): Finding {
  const { sent, agreed, jitterUs } = otherClock as NonNullable<AnalysedStream['otherClock']>
  const jitterMs = Math.round(jitterUs / 10) / 100
  const codec = report.codec === undefined ? `payload type ${report.payloadTypes?.[0]}` : report.codec
  return finding(text, trace, {
    kind: 'clock',
    title: "RTP timestamps go by another clock than the codec's",
    detail:
      `${report.src} advances its timestamps to ${report.dst} by ${sent} a second; those of ${codec} advance by ${agreed}. ` +
      `The packets arrive evenly: a receiver that goes by the codec's clock sees a jitter of ${jitterMs} ms, which is arithmetic.`,
    remedy:
      "Have the sender advance its timestamps by the RTP clock of the codec, which is not always the codec's sampling rate: " +
      '8000 for G.722, 48000 for Opus.',
    callId: report.callId,
    streamId: report.id,
    at: [firstAt, lastAt],
    evidence: { sentClock: sent, agreedClock: agreed, jitterMs, ssrc: report.ssrc },
    references: ['RFC 3550 §5.1', 'RFC 3551 §4.5.2', 'RFC 7587 §4.1'],
  })
}

const SUMMARIES = {
  loss: `lose more than ${LOSS_PERCENT} % of their packets`,
  jitter: `have a jitter over ${JITTER_MS} ms`,
  clock: "have timestamps that go by another clock than their codec's",
} as const

function describeRest(trace: TraceFacts, kind: keyof typeof SUMMARIES, rest: readonly AnalysedStream[]): Finding {
  return finding(text, trace, {
    kind,
    detail: `${rest.length} more streams ${SUMMARIES[kind]}.`,
    at: rest.map(({ firstAt }) => firstAt),
    evidence: { streams: rest.length },
  })
}
