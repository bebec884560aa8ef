import type { AnalysedCall, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import { LEAST_SAMPLE } from '../../srtp/least-sample.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { judgeByCall } from '../streams-by-call.ts'
import { Moments } from './moment.ts'

const text: RuleText = {
  id: 'srtp-auth-failed',
  severity: 'error',
  title: 'SRTP packets fail verification',
  meaning:
    'The authentication tag of these packets does not fit the agreed key, and no other known key explains them: the ' +
    'receiver drops them.',
  shows:
    'Tags that do not verify under any rollover counter that fits: all of an SSRC (all), all from one packet on ' +
    '(from-packet), or some among others that verify (sporadic).',
  causes: [
    'all: the sender uses a key that is in no description of this capture: signalled on another leg, or by DTLS or MIKEY',
    'from-packet: a new key was agreed where the capture does not show it, or the sender changed its SRTP context alone',
    'sporadic: a middlebox changes packets without the key, or they were damaged on the path behind the last checksum',
  ],
  remedy:
    'Compare the key that the sender was configured with, by its fingerprint, with the one it signals; look for what changes packets on the way.',
  references: ['RFC 3711 §3.3', 'RFC 3711 §4.2'],
  kinds: ['all', 'from-packet', 'sporadic'],
}

/** So many failures in a row at the end are no accident, whatever failed before. */
const LEAST_END = 9
/** The same where nothing failed before. */
const LEAST_ONLY_END = 3

export const srtpAuthFailed = defineRule(text, (trace) => {
  const failing = trace.streams.filter(isUnexplained)
  const moments = new Moments(trace, failing)
  return judgeByCall(failing, (stream, call) => [describe(trace, stream, call, moments)])
})

/** RTP in the clear on part of a stream says nothing of the packets that carry a tag and fail. */
function isUnexplained({ report }: AnalysedStream): boolean {
  return report.failed > 0 && (report.explanation === undefined || report.explanation.kind === 'wire-plain-rtp')
}

type Kind = 'all' | 'from-packet' | 'sporadic'

function kindOf({ report, failingEnd }: AnalysedStream): Kind {
  if (report.verified === 0) return 'all'
  if (failingEnd === undefined) return 'sporadic'
  const { failed } = failingEnd
  return failed >= LEAST_END || (failed === report.failed && failed >= LEAST_ONLY_END) ? 'from-packet' : 'sporadic'
}

function describe(
  trace: TraceFacts,
  stream: AnalysedStream,
  call: AnalysedCall | undefined,
  moments: Moments,
): Finding {
  const { report, firstAt, failingEnd, lastFailedFrame, explanationEvidence = {} } = stream
  const kind = kindOf(stream)
  const isEnd = kind === 'from-packet' && failingEnd !== undefined
  const fromUs = isEnd ? failingEnd.timeUs : stream.firstFailedUs
  const moment = kind === 'sporadic' || fromUs === undefined ? undefined : moments.of(stream, call, fromUs)
  const share = Math.round((1000 * report.failed) / report.packets) / 10
  const frames = report.failedFrames ?? []
  const since = isEnd ? [failingEnd.frame] : []
  return finding(text, trace, {
    kind,
    remedy: kind !== 'sporadic' ? undefined : report.failed < LEAST_SAMPLE ? FEW_REMEDY : CHANGED_REMEDY,
    detail:
      `${report.failed} of ${report.packets} ${report.kind.toUpperCase()} packets (${share} %) from ${report.src} to ` +
      `${report.dst} (SSRC ${report.ssrc}) do not verify${isEnd ? WHERE[kind](failingEnd.frame) : WHERE[kind](0)}` +
      `${moment?.text ?? ''}: ${causeOf(kind, report.failed)}${keysTried(explanationEvidence)}. First in frame ${report.firstFailedFrame}.`,
    callId: report.callId,
    streamId: report.id,
    at: [...new Set([...since, ...frames])]
      .map((frame) => ({ capture: firstAt.capture, frame }))
      .concat(moment?.at.map(({ capture, frame }) => ({ capture, frame })) ?? []),
    evidence: {
      failed: report.failed,
      packets: report.packets,
      sharePercent: share,
      firstFailedFrame: report.firstFailedFrame,
      lastFailedFrame,
      ssrc: report.ssrc,
      ...(isEnd && { fromFrame: failingEnd.frame, failedFromThere: failingEnd.failed }),
      ...explanationEvidence,
      ...moment?.evidence,
    },
  })
}

const WHERE: Readonly<Record<Kind, (frame: number) => string>> = {
  all: () => '',
  'from-packet': (frame) => `; none from frame ${frame} on does`,
  sporadic: () => ', here and there among others that do',
}

const NO_KNOWN_KEY = 'no known key fits them, so the key used is not in evidence'

const CAUSE: Readonly<Record<Kind, string>> = {
  all: NO_KNOWN_KEY,
  'from-packet': NO_KNOWN_KEY,
  sporadic: 'no known key fits them, so they were changed on the way, or forged',
}

/** Its key is right, or the others would not verify. */
const CHANGED_REMEDY =
  'Leave the keys, which are right, as they are. Capture on both sides of each hop to see where packets change (an ALG, an ' +
  'SBC or a tunnel that rewrites them, a link or memory that damages them), and look for others that send to this port.'

/** Of so few it is not known. */
const FEW_REMEDY =
  'See whether a re-INVITE gave the sender a new key at that time: then give it with --keys, or capture that signalling too. If ' +
  'none did, capture on both sides of each hop to see where packets change, and look for others that send to this port.'

/** Other keys are tried on so many packets at least. */
function causeOf(kind: Kind, failed: number): string {
  if (failed >= LEAST_SAMPLE) return CAUSE[kind]
  return kind === 'sporadic'
    ? 'they were changed on the way, or forged, or go under another key, which so few do not tell'
    : 'they are too few to tell under which key they go'
}

function keysTried({ otherKeysTried, otherKeysNotTried }: Readonly<Record<string, unknown>>): string {
  if (typeof otherKeysTried !== 'number' || typeof otherKeysNotTried !== 'number') return ''
  const all = otherKeysTried + otherKeysNotTried
  return ` (of ${all} keys of calls of that time the nearest ${otherKeysTried} were tried)`
}
