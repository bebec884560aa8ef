import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { AnalysedCall, AnalysedStream, DescribedMedia, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import type { Policy } from '../../policy/policy.ts'
import { type AgreedLine, carriesKeying, hopText, isProtected, isSecure, mediumText } from '../agreement.ts'
import { defineRule, finding, NO_FINDINGS, type Place, type RuleText } from '../rule.ts'
import { JoinedLegs, type OtherLeg } from './other-leg.ts'
import { type LeakReason, type PlainLine, plainLinesOf } from './plain-lines.ts'

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

export const rtpAvpLeak = defineRule(text, (trace, policy) => {
  const joinedLegs = new JoinedLegs(trace)
  return {
    call: (call, index, streams) => {
      const plainLines = plainLinesOf(call, streams, policy)
      const otherLegs = joinedLegs.add(call, index)
      const inClear = streams.filter(isInClear)
      if (plainLines.length + otherLegs.length + inClear.length === 0) return NO_FINDINGS
      return [
        ...plainLines.flatMap((plain) => agreedPlain(trace, policy, plain)),
        ...otherLegs.map((leg) => ofOtherLeg(trace, leg)),
        ...inClear.flatMap((stream) => onWire(trace, call, stream)),
      ]
    },
  }
})

function agreedPlain(trace: TraceFacts, { srtp }: Policy, { line, reason, secured }: PlainLine): Finding[] {
  if (reason === undefined) return []
  const isEarly = secured !== undefined && secured.exchange === line.exchange
  return [
    finding(text, trace, {
      kind: reason === 'declined' || reason === 'other-leg' ? reason : 'negotiated',
      severity: reason === 'declined' && !srtp?.required ? 'warning' : undefined,
      detail: DETAIL[reason](line, secured) + (isEarly ? ` Frame ${secured?.answerAt.at.frame} then protects it.` : ''),
      callId: line.call.callId,
      at: [line.offerAt.at, line.answerAt.at],
      evidence: {
        mediaIndex: line.index,
        offeredProfile: line.offer.profile,
        answeredProfile: line.answer.profile,
        leg: line.exchange.session.leg,
      },
    }),
  ]
}

const DETAIL: Readonly<Record<LeakReason, (line: AgreedLine, secured: AgreedLine | undefined) => string>> = {
  negotiated: ({ offer, answer, offerAt, answerAt, exchange }) => {
    const profile = isSecure(offer) ? offer.profile : (exchange.offer.media.find(isSecure)?.profile ?? offer.profile)
    return (
      `Frame ${offerAt.at.frame} (${hopText(offerAt)}) offers protection (${profile}); frame ${answerAt.at.frame} ` +
      `accepts ${answer.profile} ${otherKeying(answer, 'without keying')}: the ${mediumText(offerAt.media, offer)} is agreed to be plain RTP.`
    )
  },
  'given-up': ({ offer, answer, offerAt, answerAt }, secured) =>
    `Frame ${secured?.answerAt.at.frame} agreed on protection; the exchange of frames ${offerAt.at.frame} and ` +
    `${answerAt.at.frame} (${hopText(offerAt)}) gives it up: the ${mediumText(offerAt.media, offer)} goes on as plain ${answer.profile}.`,
  declined: ({ offer, answer, offerAt, answerAt }) =>
    `Frame ${offerAt.at.frame} (${hopText(offerAt)}) offers ${offer.carries.join(', ')} on ${offer.profile} (best effort); frame ` +
    `${answerAt.at.frame} answers ${answer.profile} ${otherKeying(answer, 'without any')}: the ${mediumText(offerAt.media, offer)} is agreed to be plain RTP.`,
  'other-leg': ({ offer, offerAt }, secured) =>
    `The ${mediumText(offerAt.media, offer)} is SRTP on the leg ${secured?.exchange.session.leg}, and plain ${offer.profile} on the leg ` +
    `${hopText(offerAt)} (frame ${offerAt.at.frame}) of the same call.`,
  policy: ({ offer, answer, offerAt, answerAt }) =>
    `Frames ${offerAt.at.frame} and ${answerAt.at.frame} (${hopText(offerAt)}) agree on ${answer.profile} for the ${mediumText(offerAt.media, offer)} ` +
    `${otherKeying(answer, 'without keying')}: ${answer.carries.length === 0 ? 'nobody asked' : 'the offer does not ask'} for SRTP, which the policy requires.`,
}

/** Of a line that is not protected: keying of the answer alone agrees on nothing. */
function otherKeying({ carries }: AgreedLine['answer'], none: string): string {
  return carries.length === 0 ? none : `with ${carries.join(', ')}, which was not offered`
}

/** The legs have a Call-ID each. */
function ofOtherLeg(trace: TraceFacts, { line, secured, certainty }: OtherLeg): Finding {
  const { offer, offerAt, answerAt, call, index, exchange } = line
  const same = certainty === 'certain' ? 'of the same call' : 'of what is likely the same call'
  return finding(text, trace, {
    kind: 'other-leg',
    severity: certainty === 'likely' ? 'warning' : undefined,
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

/** RTP in the clear where the session is keyed. A ZRTP session begins in the clear by design (RFC 6189 §4). */
function isInClear(stream: AnalysedStream): boolean {
  const { report, keying, agreedPlain: agreed } = stream
  if (report.kind !== 'rtp' || report.plain <= agreed) return false
  return keying === 'sdes' || keying === 'dtls'
}

/** RTP in the clear on a session that was agreed to be protected. */
function onWire(trace: TraceFacts, call: AnalysedCall, stream: AnalysedStream): Finding[] {
  const { report, firstAt, lastAt, agreedPlain } = stream
  const plain = report.plain - agreedPlain
  // Of a stream that is plain as a whole only its ends are known.
  const packets = report.plainFrames?.map((frame) => ({ capture: firstAt.capture, frame })) ?? [firstAt, lastAt]
  const found = packets.flatMap((packet) => {
    const protection = protectedBy(call, stream, packet)
    return protection === undefined ? [] : [{ packet, ...protection }]
  })
  const at = report.plainFrames === undefined ? found.slice(0, 1) : found
  if (at.length === 0) return []
  return [
    finding(text, trace, {
      kind: 'on-wire',
      detail:
        `${report.src} sends ${plain} of ${report.packets} RTP packets to ${report.dst} in the clear although ` +
        `${at[0].by}; first in frame ${at[0].packet.frame}.`,
      remedy: at[0].isKeyed ? ON_WIRE_REMEDY : UNKEYED_REMEDY,
      callId: call.callId,
      streamId: report.id,
      at: at.map(({ packet }) => packet),
      evidence: { packets: report.packets, plain, ssrc: report.ssrc },
    }),
  ]
}

/** Where both sides gave keys, what is signalled is right: no setting of it would change anything. */
const ON_WIRE_REMEDY =
  'Look at what makes the media of the named sender (its media engine, a relay, a server of announcements or recordings): it ' +
  'has to protect RTP as it was signalled. Have the receiver drop plain RTP on a secured session.'

const UNKEYED_REMEDY =
  'Have each side give a key of its own with RTP/SAVP (a=crypto): the profile alone protects nothing. Have the receiver drop ' +
  'plain RTP on a secured session.'

/** Packets under way while a re-INVITE secures what was plain. */
const GRACE_US = 2_000_000

/**
 * What says that protection held at a packet: the last answer before it, and before the first answer an offer that leaves no
 * choice. A session may begin in the clear and be secured by a re-INVITE, or the reverse.
 */
function protectedBy({ exchanges }: AnalysedCall, { lines }: AnalysedStream, packet: Place): ProtectedBy | undefined {
  let by: ProtectedBy | undefined
  let since = -1
  for (const { exchange, index } of lines) {
    const { offer, answers, session, renegotiates } = exchanges[exchange]
    const answer = session.outcome === 'answered' ? answers.at(-1) : undefined
    const answered = answer?.media[index]
    const offered = offer.media[index]
    if (offered === undefined) continue
    if (answer !== undefined && answered !== undefined && isBefore(answer.at, packet, renegotiates ? GRACE_US : 0)) {
      if (answer.at.position <= since) continue
      const isSecured = isProtected({ offer: offered, answer: answered })
      if ((offered.isCut || answered.isCut) && !isSecured) continue
      since = answer.at.position
      by = isSecured ? agreedProtection(offered, answered) : undefined
    } else if (since < 0 && isSecure(offered) && isBefore(offer.at, packet, 0)) {
      const isOpen = answer === undefined && session.outcome !== 'refused'
      by = {
        by: `the offer of frame ${offer.at.frame} asks for ${offered.profile}${isOpen ? ', to which no answer was captured' : ''}`,
        isKeyed: offered.isCut || carriesKeying(offered),
      }
    }
  }
  return by
}

/** Why a packet was to be protected, and whether the descriptions give the keys for it. */
interface ProtectedBy {
  readonly by: string
  readonly isKeyed: boolean
}

function agreedProtection(offered: DescribedMedia, answered: DescribedMedia): ProtectedBy {
  const isKeyed = [offered, answered].every((media) => media.isCut || carriesKeying(media))
  const by = isKeyed
    ? 'the session was agreed to be protected'
    : `${answered.profile} was agreed on, without a key of each side`
  return { by, isKeyed }
}

/** Frames of two captures have no order that is known here. */
function isBefore({ capture, frame, timeUs }: FrameRef, packet: Place, graceUs: number): boolean {
  if (capture !== packet.capture) return true
  return frame <= packet.frame && (packet.timeUs === undefined || timeUs + graceUs <= packet.timeUs)
}
