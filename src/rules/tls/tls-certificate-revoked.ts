import type { Severity } from '../../model/report.ts'
import { formatTime } from '../../model/time.ts'
import type { Unproven } from '../../tls/revocation.ts'
import { defineRule, type RuleText } from '../rule.ts'
import { chainsOf, PeerFindings, peerKey, whose } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-certificate-revoked',
  severity: 'error',
  title: 'A revoked certificate is shown',
  meaning:
    'The authority has taken the certificate back: its key may be in the wrong hands. Peers that look it up refuse it; ' +
    'the others may be talking to someone else.',
  shows:
    'Its serial number is in a revocation list given with --crl, or the OCSP response that the server staples says so, and ' +
    'the issuer signed that. Where that cannot be checked, or another signed it, a warning only, which says why.',
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
      for (const { certificate, list, revokedUs, unproven } of chain.revoked) {
        found.add(`${peerKey(shown)} ${certificate.fingerprint} ${unproven}`, tls, chain.at, () => ({
          ...judged(unproven),
          detail: `${whose(shown)} shows ${certificate.subject}, revoked on ${formatTime(revokedUs)} as ${list} says.${doubt(unproven)}`,
          evidence: {
            side: shown.sender,
            subject: certificate.subject,
            serial: certificate.serial,
            list,
            ...(unproven && { unproven }),
          },
        }))
      }
      if (chain.ocsp?.status !== 'revoked') continue
      const { revokedUs, unproven } = chain.ocsp
      const since = revokedUs === undefined ? '' : ` since ${formatTime(revokedUs)}`
      found.add(`${peerKey(shown)} ${leaf.fingerprint} ${unproven}`, tls, chain.at, () => ({
        ...judged(unproven),
        detail: `${whose(shown)} shows ${leaf.subject}, and staples an OCSP response by which it is revoked${since}.${doubt(unproven)}`,
        evidence: {
          side: shown.sender,
          subject: leaf.subject,
          serial: leaf.serial,
          ocsp: 'revoked',
          ...(unproven && { unproven }),
        },
      }))
    }
    return found.findings()
  },
}))

const DOUBTS: Readonly<Record<Unproven, string>> = {
  'issuer-not-seen': 'Whether the issuer signed that cannot be checked: its certificate is not at hand (--ca-bundle).',
  'signature-wrong': 'The issuer did not sign that: the signature is not of its key.',
  'algorithm-unknown':
    'Whether the issuer signed that cannot be checked: the algorithm of the signature is not known here.',
  'responder-not-allowed': 'The issuer gave no right to speak for it to the one who signed that (RFC 6960 §4.2.2.2).',
  'other-issuer': 'That is about a certificate of another issuer.',
  outdated: 'A newer word of the issuer was due by the time of the capture.',
}

/** What is said of a statement that is not proven. */
function doubt(unproven: Unproven | undefined): string {
  return unproven === undefined ? '' : ` ${DOUBTS[unproven]}`
}

/** A revocation is for good: that the word is old changes nothing. */
function judged(unproven: Unproven | undefined): { readonly severity: Severity; readonly title?: string } {
  if (unproven === undefined || unproven === 'outdated') return { severity: 'error' }
  return { severity: 'warning', title: 'A certificate is said to be revoked, and that is not proven' }
}
