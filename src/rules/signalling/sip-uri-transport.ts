import type { TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import type { InviteTarget } from '../../sip/watch/facts.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { shortened } from './shortened.ts'
import { faultyTlsInvites } from './tls-invites.ts'

const text: RuleText = {
  id: 'sip-uri-transport',
  severity: 'warning',
  title: 'A Request-URI on a TLS trunk lacks parameters',
  meaning:
    'Under a policy that asks for them: the Request-URI of an INVITE over TLS does not say transport=tls (and is no sips ' +
    'URI), or lacks the trunk group (tgrp, trunk-context) by which the peer finds the trunk.',
  shows: 'The parameters of user part and URI of the Request-URI. A peer that needs them refuses with 404, 403 or 604.',
  causes: [
    'a trunk whose URI parameters were not set on the SBC',
    'a header manipulation, or a proxy, that rewrites the Request-URI and drops parameters',
    'tgrp put behind the host by one side and expected in the user part by the other (RFC 4904 §5)',
  ],
  remedy:
    'Add transport=tls and the trunk group that the peer gave to the Request-URI of the trunk, as in ' +
    'sip:+15550100;tgrp=NAME;trunk-context=DOMAIN@host;transport=tls.',
  references: ['RFC 3261 §19.1.1', 'RFC 3261 §26.2.2', 'RFC 4904 §5'],
  kinds: ['transport', 'tgrp'],
}

/** Places that are told of, of each kind. */
const MOST = 50

export const sipUriTransport = defineRule(text, (trace, { sip: { uriTransportTls, uriParameters = [] } = {} }) => {
  if (uriTransportTls !== true && uriParameters.length === 0) return {}
  const wanted = uriParameters.map((name) => name.toLowerCase())
  const lacks = ({ parameters }: InviteTarget) => wanted.some((name) => !parameters.includes(name))
  return {
    end: () => [
      ...(uriTransportTls === true ? describe(trace, 'transport', 'transport=tls', lacksTransport) : []),
      ...describe(trace, 'tgrp', uriParameters.join(' and '), lacks),
    ],
  }
})

function lacksTransport({ scheme, uriTransport }: InviteTarget): boolean {
  return scheme !== 'sips' && uriTransport !== 'tls'
}

function describe(
  trace: TraceFacts,
  kind: 'transport' | 'tgrp',
  wanted: string,
  isFaulty: (target: InviteTarget) => boolean,
): Finding[] {
  return faultyTlsInvites(trace, isFaulty)
    .slice(0, MOST)
    .map(({ source, destination, host, invites, at }) =>
      finding(text, trace, {
        kind,
        detail: `${invites} ${invites === 1 ? 'INVITE' : 'INVITEs'} over TLS from ${source} to ${destination}, addressed to ${shortened(host)}: ${wanted} ${wanted.includes(' and ') ? 'are' : 'is'} wanted and not, or not all, there.`,
        at,
        evidence: { source, destination, host: shortened(host), wanted, invites },
      }),
    )
}
