import { formatEndpoint } from '../../bytes/endpoint.ts'
import { groupName } from '../../tls/named-groups.ts'
import { defineRule, type RuleText } from '../rule.ts'
import { handshakesOf, PeerFindings } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-group',
  severity: 'warning',
  title: 'A group of the key exchange that the policy does not list',
  meaning:
    'Under a policy with a list of groups: the two sides agreed on a curve or group that is not in it. A provider that ' +
    'takes one curve only refuses the handshake when the other side stops offering it by chance.',
  shows: 'The group of the ServerKeyExchange (TLS 1.2) or of the key share (TLS 1.3). RSA key exchange has none.',
  causes: ['x25519 or secp256r1 before secp384r1 in the list of an SBC', 'a list of curves that was left as it came'],
  remedy: "Set the list of curves of the TLS profile to the policy's.",
  references: ['RFC 8446 §4.2.7', 'RFC 8422 §5.1.1'],
}

export const tlsGroup = defineRule(text, (trace, { tls: { groups } = {} }) => {
  if (groups === undefined) return {}
  return {
    end: () => {
      const found = new PeerFindings(text, trace)
      for (const { tls, handshake } of handshakesOf(trace)) {
        const { serverHello, keyExchange, clientHello } = handshake
        const group = keyExchange?.group ?? serverHello?.group
        if (serverHello === undefined || group === undefined || groups.includes(groupName(group))) continue
        const server = formatEndpoint(tls.server)
        found.add(`${server} ${group}`, tls, serverHello.at, () => ({
          detail: `The server ${server} and ${tls.client.address} agree on ${groupName(group)}; the policy lists ${groups.join(', ')}.`,
          evidence: {
            group: groupName(group),
            ...(clientHello && { offered: clientHello.groups.map(groupName) }),
            allowed: groups,
          },
        }))
      }
      return found.findings()
    },
  }
})
