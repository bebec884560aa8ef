import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { AnalysedHandshake } from '../../model/tls-facts.ts'
import { defineRule, type RuleText } from '../rule.ts'
import { handshakesOf, isEmpty, PeerFindings } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-mutual',
  severity: 'warning',
  title: 'Mutual TLS is not what the policy says',
  meaning:
    'Under a policy that requires certificates on both sides, the server asked for none or the client showed none: anyone ' +
    'may open the trunk. Under a policy for a peer without mutual TLS, one was asked for: the peer cannot answer, and the ' +
    'handshake fails or goes on without.',
  shows: 'CertificateRequest and the Certificate of the client; TLS 1.3 hides both without secrets.',
  causes: [
    'verification of clients is off in the TLS profile of the server',
    'the client has no certificate bound to its profile, or none that fits the authorities asked for',
    'a profile made for another provider is used on this trunk',
  ],
  remedy:
    'Turn the verification of clients on (or off) in the TLS profile of the server, and bind a certificate on the client.',
  references: ['RFC 3261 §26.3.1', 'RFC 5246 §7.4.4', 'RFC 8446 §4.3.2', 'RFC 5923 §9'],
  kinds: ['missing', 'unsupported'],
}

export const tlsMutual = defineRule(text, (trace, { tls: { mutual } = {} }) => {
  if (mutual === undefined) return {}
  return {
    end: () => {
      const found = new PeerFindings(text, trace)
      for (const { tls, handshake } of handshakesOf(trace)) {
        const what = mutual === 'required' ? missing(handshake) : asked(handshake)
        if (what === undefined) continue
        const server = formatEndpoint(tls.server)
        found.add(`${server} ${what}`, tls, handshake.certificateRequest ?? handshake.at, () => ({
          kind: mutual === 'required' ? 'missing' : 'unsupported',
          detail: SAID[what](`The server ${server}`, `the client ${tls.client.address}`),
          evidence: { asked: handshake.certificateRequest !== undefined },
        }))
      }
      return found.findings()
    },
  }
})

type Fault = 'not-asked' | 'not-given' | 'asked'

const SAID: Readonly<Record<Fault, (server: string, client: string) => string>> = {
  'not-asked': (server, client) => `${server} asks ${client} for no certificate; the policy requires one.`,
  'not-given': (server, client) => `${server} asks for a certificate, and ${client} shows none.`,
  asked: (server, client) => `${server} asks ${client} for a certificate, which the policy says it does not support.`,
}

/**
 * Silent where nothing was visible: a resumed session goes by what it began with, TLS 1.3 hides it, and a side that was
 * not followed to its Finished may have asked, or shown, in what is missing.
 */
function missing({ certificates, certificateRequest, resumed, finished }: AnalysedHandshake): Fault | undefined {
  if (resumed || certificates.server === undefined || finished.client === undefined) return undefined
  if (certificateRequest === undefined) return finished.server === undefined ? undefined : 'not-asked'
  return certificates.client === undefined || isEmpty(certificates.client) ? 'not-given' : undefined
}

function asked({ certificateRequest }: AnalysedHandshake): Fault | undefined {
  return certificateRequest === undefined ? undefined : 'asked'
}
