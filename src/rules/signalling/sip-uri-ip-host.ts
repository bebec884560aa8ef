import { isIP } from 'node:net'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { faultyTlsInvites } from './tls-invites.ts'

const text: RuleText = {
  id: 'sip-uri-ip-host',
  severity: 'warning',
  title: 'A Request-URI on a TLS trunk names an IP address',
  meaning:
    'Under a policy that asks for host names: an INVITE over TLS is addressed to an IP address. Certificates of public ' +
    'authorities hold names, so that the name in the certificate cannot be checked against what was called.',
  shows: 'An IPv4 or IPv6 address as host of the Request-URI of an INVITE over TLS.',
  causes: [
    "the peer's IP address set as outbound proxy or trunk address",
    'an SBC that replaces the host by the address it resolved',
    'a Contact with an IP address that calls are sent to',
  ],
  remedy: "Set the trunk's address to the host name that is in the peer's certificate, and keep it in the Request-URI.",
  references: ['RFC 5922 §4', 'RFC 5922 §7.1', 'RFC 3261 §26.3.1'],
}

/** Places that are told of. */
const MOST = 50

export const sipUriIpHost = defineRule(text, (trace, { sip: { hostNames } = {} }) => {
  if (hostNames !== true) return {}
  return {
    end: () =>
      faultyTlsInvites(trace, ({ host }) => isIP(host) !== 0)
        .slice(0, MOST)
        .map(({ source, destination, host, invites, at }) =>
          finding(text, trace, {
            detail: `${invites} ${invites === 1 ? 'INVITE' : 'INVITEs'} over TLS from ${source} to ${destination} ${invites === 1 ? 'is' : 'are'} addressed to ${host}: no name that a certificate could be checked for.`,
            at,
            evidence: { source, destination, host, invites },
          }),
        ),
  }
})
