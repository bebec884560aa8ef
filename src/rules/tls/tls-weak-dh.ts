import { formatEndpoint } from '../../bytes/endpoint.ts'
import { defineRule, type RuleText } from '../rule.ts'
import { handshakesOf, PeerFindings } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-weak-dh',
  severity: 'error',
  title: 'A Diffie-Hellman group that is too small',
  meaning:
    'The server chose a finite-field group of less than 2048 bits for the key exchange (or less than the policy asks ' +
    'for). Groups of 1024 bits can be broken once for all connections that share them; newer clients refuse them.',
  shows: 'The length of the prime in the ServerKeyExchange.',
  causes: ['a dhparam file of 1024 bits on the server', 'firmware with the group of RFC 2409 built in'],
  remedy: 'Give the server a group of 2048 bits or more (ffdhe2048), or take the DHE suites out and leave ECDHE.',
  references: ['RFC 9325 §4.2', 'RFC 7919 §2', 'RFC 5246 §7.4.3'],
}

/** RFC 9325 §4.2. */
const LEAST_BITS = 2048

export const tlsWeakDh = defineRule(text, (trace, { tls: { leastDhBits = 0 } = {} }) => ({
  end: () => {
    const found = new PeerFindings(text, trace)
    const least = Math.max(LEAST_BITS, leastDhBits)
    for (const { tls, handshake } of handshakesOf(trace)) {
      const bits = handshake.keyExchange?.dhBits
      if (bits === undefined || bits >= least) continue
      const server = formatEndpoint(tls.server)
      found.add(`${server} ${bits}`, tls, handshake.serverHello?.at ?? handshake.at, () => ({
        severity: bits < LEAST_BITS ? 'error' : 'warning',
        detail: `The server ${server} uses a Diffie-Hellman group of ${bits} bits with ${tls.client.address}; ${least} are wanted.`,
        evidence: { bits, least },
      }))
    }
    return found.findings()
  },
}))
