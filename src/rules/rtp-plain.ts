import { agreedLines, asksForSecurity, carriesKeying, firstOf, hopText } from './agreement.ts'
import { callsKeyedOnFlow } from './call-media.ts'
import { defineRule, finding, type RuleText } from './rule.ts'

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

export const rtpPlain = defineRule(text, (trace) => {
  const keyed = callsKeyedOnFlow(trace)
  const srtp = new Set(trace.streams.filter(({ report }) => report.protection === 'srtp').map(({ call }) => call))
  return {
    call: (call, index) => {
      const lines = agreedLines(call)
      const askedFor =
        lines.some(({ answer }) => carriesKeying(answer)) ||
        lines.some(({ exchange }) => exchange.offer.media.some(asksForSecurity))
      if (keyed.has(index) || srtp.has(index) || askedFor) return []
      return firstOf(lines, (line) => `${line.index}`).map(({ offer, answer, offerAt, answerAt, index: mediaIndex }) =>
        finding(text, trace, {
          detail:
            `Frames ${offerAt.at.frame} and ${answerAt.at.frame} (${hopText(offerAt)}) agree on ${answer.profile} ` +
            `without keying for the ${offer.kind}.`,
          callId: call.callId,
          at: [offerAt.at, answerAt.at],
          evidence: { mediaIndex, profile: answer.profile },
        }),
      )
    },
  }
})
