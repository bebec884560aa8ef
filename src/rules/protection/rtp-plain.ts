import type { TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import { type AgreedLine, carriesKeying, hopText, mediumText } from '../agreement.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { JoinedLegs } from './other-leg.ts'
import { plainLinesOf } from './plain-lines.ts'

const text: RuleText = {
  id: 'rtp-plain',
  severity: 'warning',
  title: 'Media was agreed to travel unprotected',
  meaning: 'Both sides agreed on RTP/AVP without keying and nobody asked for more: the voice can be heard on the path.',
  shows: 'RTP/AVP or RTP/AVPF without a=crypto, a=fingerprint or other keying in offer and answer.',
  causes: ['SRTP is switched off on both sides', 'a leg that was held to be inside'],
  remedy: 'Offer RTP/SAVP with a=crypto over SIP in TLS, or DTLS-SRTP, on this leg.',
  references: ['RFC 3711 §1', 'RFC 7201 §2'],
}

export const rtpPlain = defineRule(text, (trace, policy) => {
  const joinedLegs = new JoinedLegs(trace)
  const joined = new Set(trace.joined.flatMap(({ calls }) => calls))
  /** Of calls that another leg, seen later, may turn into a leak: that is `rtp-avp-leak`. */
  const waiting: { readonly medium: string; readonly found: Finding }[] = []
  const leaking = new Set<string>()
  return {
    call: (call, index, streams) => {
      const plain = plainLinesOf(call, streams, policy).flatMap(({ line, reason }) =>
        reason === undefined ? [line] : [],
      )
      if (!joined.has(index)) return plain.map((line) => describe(trace, line))
      waiting.push(...plain.map((line) => ({ medium: mediumOf(line), found: describe(trace, line) })))
      for (const { line } of joinedLegs.add(call, index)) leaking.add(mediumOf(line))
      return []
    },
    end: () => waiting.filter(({ medium }) => !leaking.has(medium)).map(({ found }) => found),
  }
})

function mediumOf({ call, offer }: AgreedLine): string {
  return `${offer.kind} ${call.callId}`
}

function describe(trace: TraceFacts, { call, exchange, offer, answer, offerAt, answerAt, index }: AgreedLine): Finding {
  const keying = carriesKeying(answer) ? `: the answer carries ${answer.carries.join(', ')}, which was not offered` : ''
  return finding(text, trace, {
    detail:
      `Frames ${offerAt.at.frame} and ${answerAt.at.frame} (${hopText(offerAt)}) agree on ${answer.profile} ` +
      `without keying for the ${mediumText(offerAt.media, offer)}${keying}.`,
    callId: call.callId,
    at: [offerAt.at, answerAt.at],
    evidence: { mediaIndex: index, profile: answer.profile, leg: exchange.session.leg },
  })
}
