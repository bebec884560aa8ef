import type { AnalysedCall, TraceFacts } from '../model/analysis.ts'
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
import { callsKeyedOnFlow } from './call-media.ts'
import { JoinedLegs, type OtherLeg } from './other-leg.ts'
import { defineRule, finding, type RuleText } from './rule.ts'

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

export const rtpAvpLeak = defineRule(text, (trace) => {
  const keyed = callsKeyedOnFlow(trace)
  const joinedLegs = new JoinedLegs(trace)
  return {
    call: (call, index) => [
      ...(keyed.has(index) ? [] : agreed(trace, call)),
      ...joinedLegs.add(call, index).map((leg) => ofOtherLeg(trace, leg)),
    ],
    end: () => onWire(trace),
  }
})

function agreed(trace: TraceFacts, call: AnalysedCall): Finding[] {
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
    finding(text, trace, {
      kind,
      ...(kind === 'declined' && { severity: 'warning' as const }),
      detail: DETAIL[kind](line, secured),
      callId: call.callId,
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

type Kind = 'negotiated' | 'other-leg' | 'declined'

function kindOf(line: AgreedLine, secured: AgreedLine | undefined): Kind | undefined {
  const { offer, offerAt, exchange } = line
  if (asksForSecurity(offer)) return isSecure(offer) ? 'negotiated' : 'declined'
  if (offersSecureTwin(exchange, offer)) return 'negotiated'
  if (secured === undefined) return undefined
  // On the same hop a later exchange gave up what an earlier one had.
  if (hostsOf(secured) === hostsOf(line))
    return secured.offerAt.at.position < offerAt.at.position ? 'negotiated' : undefined
  return 'other-leg'
}

/** The two hosts of a hop, whoever made the offer. */
function hostsOf({ offerAt: { source, destination } }: AgreedLine): string {
  return [source.address, destination.address].sort().join(' ')
}

/** Two m= lines for one medium, one secure and one plain: the answerer took the plain one. */
function offersSecureTwin({ offer, answers }: AgreedLine['exchange'], taken: AgreedLine['offer']): boolean {
  const answered = answers.at(-1)?.media
  return offer.media.some(
    (other) =>
      other.index !== taken.index &&
      other.kind === taken.kind &&
      isSecure(other) &&
      !other.rejected &&
      answered?.[other.index]?.rejected !== false,
  )
}

const DETAIL: Readonly<Record<Kind, (line: AgreedLine, secured: AgreedLine | undefined) => string>> = {
  negotiated: ({ offer, answer, offerAt, answerAt }, secured) =>
    !asksForSecurity(offer) && secured !== undefined
      ? `Frame ${secured.answerAt.at.frame} agreed on protection; the exchange of frames ${offerAt.at.frame} and ` +
        `${answerAt.at.frame} (${hopText(offerAt)}) gives it up: the ${offer.kind} goes on as plain ${answer.profile}.`
      : `Frame ${offerAt.at.frame} (${hopText(offerAt)}) offers protection (${offer.profile}); frame ${answerAt.at.frame} ` +
        `accepts ${answer.profile} without keying: the ${offer.kind} is agreed to be plain RTP.`,
  declined: ({ offer, answer, offerAt, answerAt }) =>
    `Frame ${offerAt.at.frame} (${hopText(offerAt)}) offers ${offer.carries.join(', ')} on ${offer.profile} (best effort); frame ` +
    `${answerAt.at.frame} answers ${answer.profile} without any: the ${offer.kind} is plain RTP.`,
  'other-leg': ({ offer, offerAt }, secured) =>
    `The ${offer.kind} is SRTP on the leg ${secured?.exchange.session.leg}, and plain ${offer.profile} on the leg ` +
    `${hopText(offerAt)} (frame ${offerAt.at.frame}) of the same call.`,
}

/** The legs have a Call-ID each. */
function ofOtherLeg(trace: TraceFacts, { line, secured, certainty }: OtherLeg): Finding {
  const { offer, offerAt, answerAt, call, index, exchange } = line
  const same = certainty === 'certain' ? 'of the same call' : 'of what is likely the same call'
  return finding(text, trace, {
    kind: 'other-leg',
    ...(certainty === 'likely' && { severity: 'warning' as const }),
    detail:
      `The ${offer.kind} is SRTP on the leg ${secured.exchange.session.leg} (Call-ID ${secured.call.callId}), and plain ` +
      `${offer.profile} on the leg ${hopText(offerAt)} (frame ${offerAt.at.frame}) ${same}.`,
    callId: call.callId,
    at: [offerAt.at, answerAt.at],
    evidence: {
      mediaIndex: index,
      offeredProfile: offer.profile,
      answeredProfile: line.answer.profile,
      leg: exchange.session.leg,
      securedCallId: secured.call.callId,
      certainty,
    },
  })
}

/** RTP in the clear on a session that was agreed to be protected. */
function onWire(trace: TraceFacts): Finding[] {
  return trace.streams.flatMap(({ report, keying, firstAt }) => {
    // A ZRTP session begins in the clear by design (RFC 6189 §4).
    if (report.kind !== 'rtp' || report.plain === 0 || (keying !== 'sdes' && keying !== 'dtls')) return []
    const frames = report.plainFrames ?? [report.firstFrame]
    return [
      finding(text, trace, {
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
