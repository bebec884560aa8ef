import type { AnalysedCall, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { CaptureReport, Finding } from '../../model/report.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'

const text: RuleText = {
  id: 'srtp-replay',
  severity: 'warning',
  title: 'SRTP packets are sent again',
  meaning:
    'The same packet, with the same index and a valid tag, travels a second time. A receiver with a replay list drops it; ' +
    'one without plays it again.',
  shows:
    'A packet index twice under one key, each time with a tag that verifies, in IP packets of another identification or 10 ' +
    'ms apart and more. What a second capture of the same time shows again was captured at another point.',
  causes: [
    'someone on the path sends captured packets again',
    'a relay, or a failover pair of SBCs, that forwards media twice',
    'a sender that sends every packet twice against loss',
    'a network that duplicates packets: look at the identification of the IP packets',
    'two capture points in one file, with a path or a difference of their clocks of 10 ms and more between them',
    'a telephone that repeats the end of a DTMF event under the same sequence number (then no more than an info)',
  ],
  remedy:
    'Find who sends the second copies (MAC address, TTL and IP identification tell them apart), and see that receivers ' +
    'keep a replay list of 64 packets at least.',
  references: ['RFC 3711 §3.3.2', 'RFC 3711 §9.5', 'RFC 4733 §2.5.1.4', 'RFC 3550 §5.1'],
}

export const srtpReplay = defineRule(text, (trace) => {
  // Other octets under the same index are no copy: srtp-key-reuse speaks of them.
  const reused = new Set(trace.keystreamReuse.flatMap(({ streams }) => streams))
  const events = new Set<string>()
  return {
    call: (call, _, streams) => {
      for (const stream of streams) {
        if (stream.replayedTypes !== undefined && areEvents(call, stream)) events.add(stream.report.id)
      }
      return NO_FINDINGS
    },
    end: () =>
      trace.streams.flatMap((stream) => {
        const { id, replayed = 0 } = stream.report
        return replayed > 0 && !reused.has(id) && !isAtSecondPoint(trace, stream)
          ? [describe(trace, stream, replayed, events.has(id))]
          : []
      }),
  }
})

/** So long captures of two points have to run beside each other; those of a ring follow one another. */
const LEAST_BESIDE_MS = 1_000
/** From this share on it may be every packet that comes twice. */
const NEARLY_ALL_TWICE = 45

/** Whether another capture than the one that the stream began in, of the same time, shows its packets again. */
function isAtSecondPoint({ captures }: TraceFacts, { firstAt, replaysAt = [] }: AnalysedStream): boolean {
  const first = captures[firstAt.capture]
  return (
    replaysAt.length > 0 &&
    replaysAt.every(
      ({ capture }) => capture !== firstAt.capture && besideMs(captures[capture], first) >= LEAST_BESIDE_MS,
    )
  )
}

function besideMs(a: CaptureReport, b: CaptureReport): number {
  const from = Math.max(Date.parse(a.firstTime ?? ''), Date.parse(b.firstTime ?? ''))
  return Math.min(Date.parse(a.lastTime ?? ''), Date.parse(b.lastTime ?? '')) - from
}

/** Whether nothing came again but events: their ends are sent three times (RFC 4733 §2.5.1.4), and should be numbered on. */
function areEvents({ exchanges }: AnalysedCall, { lines, replayedTypes = [] }: AnalysedStream): boolean {
  if (replayedTypes.length === 0) return false
  const codecs = lines.flatMap(({ exchange, index }) => {
    const { offer, answers } = exchanges[exchange]
    return [offer, ...answers].flatMap(({ media }) => media[index]?.codecs ?? [])
  })
  return replayedTypes.every((type) =>
    codecs.some(({ name, payloadType }) => payloadType === type && /^telephone-event$/i.test(name)),
  )
}

const EVENTS_REMEDY =
  'None is needed where receivers keep a replay list; the telephone should give each packet of an event a sequence number of its own.'
const EVENTS = ': telephone events, whose end the sender repeats under the same sequence number'

function describe(
  trace: TraceFacts,
  { report, replaysAt = [], firstAt }: AnalysedStream,
  replayed: number,
  isEvents: boolean,
): Finding {
  const share = Math.round((1000 * replayed) / report.packets) / 10
  const first = replaysAt[0]
  return finding(text, trace, {
    severity: isEvents ? 'info' : undefined,
    remedy: isEvents ? EVENTS_REMEDY : undefined,
    detail:
      `${replayed} of ${report.packets} packets (${share} %) from ${report.src} to ${report.dst} are copies of packets that ` +
      `came before, with a valid tag${isEvents ? EVENTS : ', in IP packets of another identification or 10 ms later and more'}` +
      `${first === undefined ? '' : `; first in frame ${first.frame}`}.` +
      `${share >= NEARLY_ALL_TWICE ? ' A file that holds what two distant points captured looks the same.' : ''}`,
    callId: report.callId,
    streamId: report.id,
    at: first === undefined ? [firstAt] : replaysAt,
    evidence: {
      replayed,
      packets: report.packets,
      sharePercent: share,
      captureDuplicates: report.captureDuplicates ?? 0,
      ssrc: report.ssrc,
    },
  })
}
