import { formatClock } from '../../model/time.ts'
import type { SourceFacts } from '../../sip/watch/facts.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'

const text: RuleText = {
  id: 'invite-flood',
  severity: 'error',
  title: 'One source floods with INVITEs',
  meaning:
    'A source sent more INVITEs within one second than the policy allows (500 unless it says otherwise): an attack on ' +
    'availability, a dialer without a limit, or a loop. Retransmissions count once.',
  shows: 'Peaks of INVITEs from one address; 503 and 500 in answer, or nothing at all; other calls fail meanwhile.',
  causes: [
    'a denial of service, or a hunt for toll fraud, from outside',
    'a dialer or a load test without a rate limit',
    'a routing loop between SBC and PBX that forks or forwards calls back',
    'every endpoint calling at once after an outage, behind one address',
  ],
  remedy:
    'Limit calls per second and per source on the SBC, let the firewall drop the source where it is none of yours, and ' +
    'ask the owner of a trunk for a limit on his side.',
  references: ['RFC 3261 §26.1.5', 'RFC 5390 §2', 'RFC 7339'],
}

export const USUAL_LIMIT = 500

export const inviteFlood = defineRule(text, (trace, policy) => ({
  end: () => {
    const most = policy.sip?.invitesPerSecond ?? USUAL_LIMIT
    const floods = trace.signalling.sources.filter(({ peak }) => peak > most)
    const describe = (source: SourceFacts) => {
      const { address, peak, peakAt, invites, firstInviteAt, missed } = source
      const when = peakAt === undefined ? '' : ` by ${formatClock(peakAt.timeUs)}, frame ${peakAt.frame}`
      return finding(text, trace, {
        detail: `${address} sent ${missed > 0 ? 'at least ' : ''}${peak} INVITEs within one second${when}; ${most} are allowed. ${invites} INVITEs in all.`,
        at: [firstInviteAt, peakAt].filter((at) => at !== undefined),
        evidence: {
          source: address,
          peakPerSecond: peak,
          allowed: most,
          invites,
          ...(missed > 0 && { lowerBound: true }),
        },
      })
    }
    return summedUp(floods, describe, (rest) =>
      finding(text, trace, {
        detail: `${rest.length} more sources sent more than ${most} INVITEs within one second.`,
        at: rest.flatMap(({ peakAt }) => peakAt ?? []),
        evidence: { sources: rest.length, allowed: most },
      }),
    )
  },
}))
