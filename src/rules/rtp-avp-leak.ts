import type { AnalysedCall, Analysis } from '../model/analysis.ts'
import type { Finding } from '../model/report.ts'
import {
  type AgreedLine,
  agreedLines,
  asksForSecurity,
  carriesKeying,
  firstOf,
  hopText,
  isSecure,
} from './agreement.ts'
import { finding, type Rule, type RuleText } from './rule.ts'

const text: RuleText = {
  id: 'rtp-avp-leak',
  severity: 'error',
  title: 'Media travels unprotected although protection was asked for',
  meaning:
    'One side asked for SRTP, and the voice goes, or was agreed to go, as plain RTP: anyone on the path can listen.',
  shows:
    'An answer of RTP/AVP without keying to an offer with it (negotiated, declined), plain RTP packets on a secured ' +
    'session (on-wire), or one leg of a call in SRTP and another in the clear (other-leg).',
  causes: [
    'the SBC is set to SRTP and the far side to RTP, and the mismatch is accepted instead of refused',
    'best-effort SRTP towards a peer without it',
    'a media relay that ends SRTP on one side and sends RTP on the other',
    'a client that signals SRTP and has it switched off in its media',
  ],
  remedy:
    'Set both sides to SRTP required (RTP/SAVP with a=crypto), so that a call without protection is refused (488).',
  references: ['RFC 4568 §5.1.2', 'RFC 3711 §3', 'RFC 8643 §3'],
  kinds: ['negotiated', 'on-wire', 'other-leg', 'declined'],
}

export const rtpAvpLeak: Rule = {
  text,
  find: (analysis) => [
    ...analysis.calls.flatMap((call, index) => (isKeyedOnFlow(analysis, index) ? [] : agreed(analysis, call))),
    ...onWire(analysis),
  ],
}

function agreed(analysis: Analysis, call: AnalysedCall): Finding[] {
  const lines = agreedLines(call)
  const secured = lines.find(({ answer }) => carriesKeying(answer))
  const plain = lines.filter(({ answer }) => !carriesKeying(answer) && !isSecure(answer))
  const named = plain.flatMap((line) => {
    const kind = kindOf(line, secured)
    return kind === undefined ? [] : [{ kind, line }]
  })
  return firstOf(
    named,
    ({ kind, line }) => `${kind} ${line.index} ${kind === 'other-leg' ? hopText(line.offerAt) : ''}`,
  ).map(({ kind, line }) =>
    finding(text, analysis, {
      kind,
      ...(kind === 'declined' && { severity: 'warning' as const }),
      detail: DETAIL[kind](line, secured),
      callId: call.report.callId,
      at: [line.offerAt.at, line.answerAt.at],
      evidence: {
        mediaIndex: line.index,
        offeredProfile: line.offer.profile,
        answeredProfile: line.answer.profile,
        leg: line.exchange.session.leg,
      },
    }),
  )
}

/** ZRTP or DTLS keys the media without the descriptions saying so. */
function isKeyedOnFlow(analysis: Analysis, call: number): boolean {
  return analysis.streams.some((stream) => stream.call === call && (stream.zrtpOnFlow || stream.dtlsOnFlow))
}

type Kind = 'negotiated' | 'other-leg' | 'declined'

function kindOf({ offer, exchange }: AgreedLine, secured: AgreedLine | undefined): Kind | undefined {
  if (asksForSecurity(offer)) return isSecure(offer) ? 'negotiated' : 'declined'
  if (offersSecureTwin(exchange.offer.media, offer)) return 'negotiated'
  return secured !== undefined && secured.exchange.session.leg !== exchange.session.leg ? 'other-leg' : undefined
}

/** Two m= lines for one medium, one secure and one plain: the answerer took the plain one. */
function offersSecureTwin(media: AgreedLine['exchange']['offer']['media'], taken: AgreedLine['offer']): boolean {
  return media.some(
    (other) => other.index !== taken.index && other.kind === taken.kind && isSecure(other) && !other.rejected,
  )
}

const DETAIL: Readonly<Record<Kind, (line: AgreedLine, secured: AgreedLine | undefined) => string>> = {
  negotiated: ({ offer, answer, offerAt, answerAt }) =>
    `Frame ${offerAt.at.frame} (${hopText(offerAt)}) offers protection (${offer.profile}); frame ${answerAt.at.frame} ` +
    `accepts ${answer.profile} without keying: the ${offer.kind} is agreed to be plain RTP.`,
  declined: ({ offer, answer, offerAt, answerAt }) =>
    `Frame ${offerAt.at.frame} (${hopText(offerAt)}) offers a=crypto on ${offer.profile} (best effort); frame ` +
    `${answerAt.at.frame} answers ${answer.profile} without a=crypto: the ${offer.kind} is plain RTP.`,
  'other-leg': ({ offer, offerAt }, secured) =>
    `The ${offer.kind} is SRTP on the leg ${secured?.exchange.session.leg}, and plain ${offer.profile} on the leg ` +
    `${hopText(offerAt)} (frame ${offerAt.at.frame}) of the same call.`,
}

/** RTP in the clear on a session that was agreed to be protected. */
function onWire(analysis: Analysis): Finding[] {
  return analysis.streams.flatMap(({ report, keying, firstAt }) => {
    if (report.kind !== 'rtp' || report.plain === 0 || keying === 'none') return []
    const frames = report.plainFrames ?? [report.firstFrame]
    return [
      finding(text, analysis, {
        kind: 'on-wire',
        detail:
          `${report.src} sends ${report.plain} of ${report.packets} RTP packets to ${report.dst} in the clear although ` +
          `the session was agreed to be protected; first in frame ${frames[0]}.`,
        ...(report.callId !== undefined && { callId: report.callId }),
        streamId: report.id,
        at: frames.map((frame) => ({ capture: firstAt.capture, frame })),
        evidence: { packets: report.packets, plain: report.plain, ssrc: report.ssrc },
      }),
    ]
  })
}
