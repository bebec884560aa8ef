import { formatTime } from '../model/time.ts'
import { defineRule, type RuleText } from './rule.ts'
import { chainsOf, PeerFindings, peerKey, whose } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-certificate-revoked',
  severity: 'error',
  title: 'A revoked certificate is shown',
  meaning:
    'The authority has taken the certificate back: its key may be in the wrong hands. Peers that look it up refuse it; ' +
    'the others may be talking to someone else.',
  shows:
    'Its serial number is in a revocation list given with --crl, or the OCSP response that the server staples says so.',
  causes: [
    'the certificate was replaced after a leak of its key, and a node still uses it',
    'the wrong one was revoked',
  ],
  remedy: 'Install the certificate that took its place on every node, and restart what keeps the old one in memory.',
  references: ['RFC 5280 §5.3', 'RFC 6960 §4.2.1', 'RFC 6066 §8'],
}

export const tlsCertificateRevoked = defineRule(text, (trace) => ({
  end: () => {
    const found = new PeerFindings(text, trace)
    for (const shown of chainsOf(trace)) {
      const { tls, chain, leaf } = shown
      for (const { certificate, list, revokedUs } of chain.revoked) {
        found.add(`${peerKey(shown)} ${certificate.fingerprint}`, tls, chain.at, () => ({
          detail: `${whose(shown)} shows ${certificate.subject}, revoked on ${formatTime(revokedUs)} as ${list} says.`,
          evidence: { side: shown.sender, subject: certificate.subject, serial: certificate.serial, list },
        }))
      }
      if (chain.ocsp?.status !== 'revoked') continue
      const { revokedUs } = chain.ocsp
      const since = revokedUs === undefined ? '' : ` since ${formatTime(revokedUs)}`
      found.add(`${peerKey(shown)} ${leaf.fingerprint}`, tls, chain.at, () => ({
        detail: `${whose(shown)} shows ${leaf.subject}, and staples an OCSP response by which it is revoked${since}.`,
        evidence: { side: shown.sender, subject: leaf.subject, serial: leaf.serial, ocsp: 'revoked' },
      }))
    }
    return found.findings()
  },
}))
