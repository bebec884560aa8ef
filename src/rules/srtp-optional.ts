import type { AnalysedCall, AnalysedExchange, DescribedMedia, TraceFacts } from '../model/analysis.ts'
import type { Finding } from '../model/report.ts'
import type { Policy } from '../policy/policy.ts'
import { carriesKeying, firstOf, hopText, isSecure } from './agreement.ts'
import { defineRule, finding, type RuleText } from './rule.ts'

const text: RuleText = {
  id: 'srtp-optional',
  severity: 'info',
  title: 'The offer leaves protection to the peer',
  meaning:
    'An offer with a=crypto on RTP/AVP, or with a secure and a plain m= line for one medium, lets the peer choose plain RTP.',
  shows:
    'a=crypto under RTP/AVP(F) (best effort), or two m= lines of one medium (dual). A warning under a policy that requires SRTP.',
  causes: ['SRTP set to optional, preferred or best effort on the offering side'],
  remedy: 'Set SRTP to required or mandatory: one m= line of RTP/SAVP.',
  references: ['RFC 8643 §3', 'RFC 4568 §3.3'],
  kinds: ['best-effort', 'dual-m-line'],
}

export const srtpOptional = defineRule(text, (trace, policy) => ({
  call: (call) => {
    const optional = call.exchanges.flatMap((exchange) => optionalLines(exchange).map((one) => ({ ...one, exchange })))
    return firstOf(optional, ({ kind, media }) => `${kind} ${media.index}`).map((one) =>
      describe(trace, policy, call, one),
    )
  },
}))

type Kind = 'best-effort' | 'dual-m-line'

/** Lines of an offer that leave the choice, where the peer took the security; dropped, `rtp-avp-leak` speaks. */
function optionalLines({ offer, answers, session }: AnalysedExchange): { kind: Kind; media: DescribedMedia }[] {
  const answer = answers.at(-1)
  if (session.outcome !== 'answered' || answer === undefined) return []
  return offer.media.flatMap((media): { kind: Kind; media: DescribedMedia }[] => {
    const accepted = answer.media[media.index]
    if (accepted === undefined || accepted.rejected || !carriesKeying(accepted)) return []
    if (!isSecure(media) && media.carries.includes('crypto')) return [{ kind: 'best-effort', media }]
    const twin = offer.media.some(
      (other) =>
        other.index !== media.index &&
        other.kind === media.kind &&
        !isSecure(other) &&
        !carriesKeying(other) &&
        !other.rejected,
    )
    return isSecure(media) && twin ? [{ kind: 'dual-m-line', media }] : []
  })
}

function describe(
  trace: TraceFacts,
  { srtp }: Policy,
  call: AnalysedCall,
  { kind, media, exchange }: { kind: Kind; media: DescribedMedia; exchange: AnalysedExchange },
): Finding {
  const { at } = exchange.offer
  const how = kind === 'best-effort' ? `a=crypto on ${media.profile}` : `a secure and a plain m= line for ${media.kind}`
  const isAsked = srtp?.required || (srtp?.secureProfile && kind === 'best-effort')
  return finding(text, trace, {
    kind,
    ...(isAsked && { severity: 'warning' as const }),
    detail: `Frame ${at.frame} (${hopText(exchange.offer)}) offers ${how}; the peer took the protection this time.${isAsked ? ' The policy leaves no such choice.' : ''}`,
    callId: call.callId,
    at: [at],
    evidence: { mediaIndex: media.index, profile: media.profile },
  })
}
