import { defineRule, type RuleText } from '../rule.ts'
import { chainsOf, PeerFindings, peerKey, whose } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-self-signed',
  severity: 'warning',
  title: 'A certificate that is its own issuer',
  meaning:
    'The certificate is signed by its own key: no authority stands for the name in it. Whoever accepts it without having ' +
    'been given this very certificate accepts anyone. An error under a policy that says so.',
  shows: 'Subject and issuer of the leaf are the same, and its own key signed it.',
  causes: [
    'the certificate that an SBC or phone made for itself at its first start',
    'a trunk that was tried out with openssl req -x509 and never changed',
  ],
  remedy: 'Have a certificate issued by an authority that the peer knows, and install it with its chain.',
  references: ['RFC 5280 §3.2', 'RFC 5922 §7.1'],
}

export const tlsSelfSigned = defineRule(text, (trace, { tls: { selfSignedIsError = false } = {} }) => ({
  end: () => {
    const found = new PeerFindings(text, trace)
    for (const shown of chainsOf(trace)) {
      const { tls, chain, leaf } = shown
      if (!leaf.selfSigned) continue
      found.add(`${peerKey(shown)} ${leaf.fingerprint}`, tls, chain.at, () => ({
        severity: selfSignedIsError ? 'error' : 'warning',
        detail: `${whose(shown)} shows a self-signed certificate: ${leaf.subject}.`,
        evidence: { side: shown.sender, subject: leaf.subject, certificate: leaf.fingerprint },
      }))
    }
    return found.findings()
  },
}))
