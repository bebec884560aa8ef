import { formatEndpoint } from '../../bytes/endpoint.ts'
import { type Bulk, cipherSuite, cipherSuiteName } from '../../tls/cipher-suites.ts'
import { defineRule, type RuleText } from '../rule.ts'
import { handshakesOf, PeerFindings } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-cipher',
  severity: 'error',
  title: 'A weak cipher suite, or one that the policy does not list',
  meaning:
    'RC4, DES, 3DES, NULL and EXPORT suites give an observer a way into the connection, and with it the SRTP keys of its ' +
    'calls; anonymous suites let anyone stand in the middle. Under a policy: a suite that is not in its list.',
  shows: 'The suite that the ServerHello chose.',
  causes: [
    'a cipher string on an SBC like ALL or MEDIUM, or with eNULL or aNULL left in',
    'old phones for which RC4 or 3DES was kept',
    'a server that prefers the order of the client',
  ],
  remedy:
    'Offer ECDHE with AES-GCM or ChaCha20-Poly1305 on both sides, take the weak suites out, and let the server choose.',
  references: ['RFC 9325 §4.1', 'RFC 7465 §2', 'RFC 5246 §A.5', 'RFC 8996 §4'],
  kinds: ['weak', 'policy'],
}

const WEAK: ReadonlyMap<Bulk, string> = new Map<Bulk, string>([
  ['rc4-128', 'RC4 has biases that give plaintext away'],
  ['3des-ede-cbc', '3DES has blocks of 64 bits, too short for a connection that lasts'],
  ['des-cbc', 'DES has keys of 56 bits'],
  ['null', 'it does not encrypt at all'],
  ['export', 'its keys were made short on purpose'],
])

function weakness(suite: number): string | undefined {
  const known = cipherSuite(suite)
  if (known === undefined) return undefined
  if (known.keyExchange === 'dh-anon' || known.keyExchange === 'ecdh-anon') return 'nobody shows who he is'
  return WEAK.get(known.bulk)
}

export const tlsCipher = defineRule(text, (trace, { tls: asked = {} }) => ({
  end: () => {
    const found = new PeerFindings(text, trace)
    for (const { tls, handshake } of handshakesOf(trace)) {
      if (handshake.serverHello === undefined) continue
      const { cipherSuite: id, at } = handshake.serverHello
      const name = cipherSuiteName(id)
      const server = formatEndpoint(tls.server)
      const why = weakness(id)
      const isOutside = asked.ciphers?.includes(name) === false
      if (why === undefined && !isOutside) continue
      found.add(`${server} ${id}`, tls, at, () => ({
        kind: why === undefined ? 'policy' : 'weak',
        severity: why === undefined ? 'warning' : 'error',
        detail:
          `The server ${server} and ${tls.client.address} use ${name}` +
          (why === undefined ? ', which the policy does not list.' : `: ${why}.`),
        evidence: { cipher: name, ...(isOutside && { allowed: asked.ciphers }) },
      }))
    }
    return found.findings()
  },
}))
