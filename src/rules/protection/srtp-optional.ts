import type { AnalysedCall, AnalysedExchange, DescribedFact, DescribedMedia, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import type { Policy } from '../../policy/policy.ts'
import { asksForSecurity, carriesKeying, firstOf, hopText, isProtected, isSecure } from '../agreement.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'

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
    const optional: OptionalLine[] = []
    for (const exchange of call.exchanges) addOptional(optional, exchange)
    if (optional.length === 0) return NO_FINDINGS
    return firstOf(optional, ({ kind, media }) => `${kind} ${media.index}`).map((one) =>
      describe(trace, policy, call, one),
    )
  },
}))

/** A line of an offer that leaves the choice, where the peer took the security; dropped, `rtp-avp-leak` speaks. */
interface OptionalLine {
  readonly kind: 'best-effort' | 'dual-m-line'
  readonly exchange: AnalysedExchange
  readonly media: DescribedMedia
}

function addOptional(optional: OptionalLine[], exchange: AnalysedExchange): void {
  const { offer, answers, session } = exchange
  const answer = answers.at(-1)
  if (session.outcome !== 'answered' || answer === undefined) return
  for (const media of offer.media) {
    const accepted = answer.media[media.index]
    if (accepted === undefined || accepted.rejected || !carriesKeying(accepted)) continue
    if (!isProtected({ offer: media, answer: accepted })) continue
    if (isSecure(media)) {
      if (hasPlainTwin(offer, media)) optional.push({ kind: 'dual-m-line', exchange, media })
    } else if (media.carries.includes('crypto')) optional.push({ kind: 'best-effort', exchange, media })
  }
}

function hasPlainTwin(offer: DescribedFact, { index, kind }: DescribedMedia): boolean {
  return offer.media.some(
    (other) =>
      other.index !== index && other.kind === kind && !asksForSecurity(other) && !other.rejected && !other.isCut,
  )
}

function describe(
  trace: TraceFacts,
  { srtp }: Policy,
  call: AnalysedCall,
  { kind, media, exchange }: OptionalLine,
): Finding {
  const { at } = exchange.offer
  const how = kind === 'best-effort' ? `a=crypto on ${media.profile}` : `a secure and a plain m= line for ${media.kind}`
  const isAsked = srtp?.required || (srtp?.secureProfile && kind === 'best-effort')
  return finding(text, trace, {
    kind,
    severity: isAsked ? 'warning' : undefined,
    detail: `Frame ${at.frame} (${hopText(exchange.offer)}) offers ${how}; the peer took the protection this time.${isAsked ? ' The policy leaves no such choice.' : ''}`,
    callId: call.callId,
    at: [at],
    evidence: { mediaIndex: media.index, profile: media.profile },
  })
}
