import type { AnalysedCall, DescribedFact, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import { hopText } from '../agreement.ts'
import { refusalTerms, termsEvidence, termsText } from '../media/refusal-terms.ts'
import { type PlainRetry, SecureRetries } from '../media/secure-retries.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'

const text: RuleText = {
  id: 'srtp-retried-plain',
  severity: 'error',
  title: 'Refused with SRTP, the call is made again without it',
  meaning:
    'The caller gives protection up as soon as somebody refuses it, and nobody is told: the call looks like any other. Who can ' +
    'answer 488 on the way (SIP in the clear is enough) can switch encryption off.',
  shows:
    'An offer with RTP/SAVP or keys ends in 488, 606, 415 or the like; within 10 s the same caller offers the same callee plain ' +
    'RTP/AVP, usually under a new Call-ID.',
  causes: [
    'SRTP set to optional or preferred on the caller, which falls back after a refusal (linphone, some SBCs and gateways)',
    'an SBC with a second route or media profile without SRTP for the same destination',
    'a callee, or the trunk behind it, on which SRTP is off',
  ],
  remedy:
    'Switch SRTP on at the side that refuses (see its status and Warning), and set it to mandatory on the caller and on every ' +
    'route of the SBC, so that a refusal ends the call.',
  references: ['RFC 3261 §21.4.26', 'RFC 4568 §5.1.2', 'RFC 8643 §3'],
}

export const srtpRetriedPlain = defineRule(text, (trace, _, onLimit) => {
  const retries = new SecureRetries(onLimit)
  return {
    call: (call, index) => {
      const retry = retries.take(call, index)
      return retry === undefined ? [] : [describe(trace, call, retry)]
    },
  }
})

function describe(trace: TraceFacts, call: AnalysedCall, { refused, exchange }: PlainRetry): Finding {
  const { offer, refusedAt, refusedStatus, refusedWarning } = refused.exchange
  const answer = exchange.answers.at(-1)
  const seconds = (exchange.offer.at.timeUs - (refusedAt?.timeUs ?? 0)) / 1e6
  const terms = refusalTerms(refused.exchange)
  const takes = terms === undefined ? '' : ` The refusal says what would be taken: ${termsText(terms)}.`
  const sameCall = refused.callId === call.callId
  const outcome =
    answer === undefined || exchange.session.outcome !== 'answered'
      ? ''
      : `, and the call is answered in the clear (frame ${answer.at.frame})`
  return finding(text, trace, {
    detail:
      `${hopText(offer)}: the offer of ${profilesOf(offer)} in frame ${offer.at.frame} is refused with ${refusedStatus} (frame ` +
      `${refusedAt?.frame}); ${seconds.toFixed(2)} s later frame ${exchange.offer.at.frame} offers ` +
      `${profilesOf(exchange.offer)} without keys${sameCall ? '' : ' in a new call'}${outcome}.${takes}`,
    callId: call.callId,
    at: [
      offer.at,
      ...(refusedAt === undefined ? [] : [refusedAt]),
      exchange.offer.at,
      ...(answer === undefined ? [] : [answer.at]),
    ],
    evidence: {
      refusedCallId: refused.callId,
      status: refusedStatus,
      ...(refusedWarning !== undefined && { warning: refusedWarning }),
      ...termsEvidence(terms),
      secondsAfter: Math.round(seconds * 1e3) / 1e3,
      leg: exchange.session.leg,
    },
  })
}

function profilesOf({ media }: DescribedFact): string {
  return [...new Set(media.filter(({ rejected }) => !rejected).map(({ profile }) => profile))].join(' and ')
}
