import type { Severity } from '../../model/report.ts'
import { formatDay, formatTime } from '../../model/time.ts'
import type { TlsPolicy } from '../../policy/policy.ts'
import type { Certificate } from '../../tls/certificate.ts'
import { defineRule, type RuleText } from '../rule.ts'
import { certificatesOf, PeerFindings, peerKey, whose } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-certificate-dates',
  severity: 'error',
  title: 'A certificate that is not valid at the time of the capture, or not for long',
  meaning:
    'A certificate is accepted from its first to its last day only. Expired or not yet valid, the handshake is refused; ' +
    'expiring, the trunk fails on that day; issued for longer than is usual, it will be forgotten when it ends.',
  shows:
    "The validity of the leaf and of the issuers that were sent, held against the frame's time: 30 days of margin and 398 " +
    'days of life, unless a policy says otherwise.',
  causes: [
    'a renewal that nobody carried to the SBC, or to the standby node',
    'a clock that is wrong, on the capturing host or where the certificate was made',
    'a certificate of one’s own with a life of ten years',
  ],
  remedy: 'Renew the certificate and install it on every node; have its last day watched.',
  references: ['RFC 5280 §4.1.2.5', 'RFC 5280 §6.1.3', 'CA/Browser Forum baseline requirements §6.3.2'],
  kinds: ['expired', 'not-yet-valid', 'expiring', 'long-lived'],
}

const DAY_US = 86_400e6
const MARGIN_DAYS = 30
const LONGEST_DAYS = 398

export const tlsCertificateDates = defineRule(text, (trace, { tls: asked = {} }) => ({
  end: () => {
    const found = new PeerFindings(text, trace)
    for (const shown of certificatesOf(trace)) {
      const { tls, chain, certificate } = shown
      for (const { kind, severity, said, evidence } of faultsOf(
        certificate,
        chain.at.timeUs,
        certificate === chain.path[0],
        asked,
      )) {
        const { fingerprint, subject, notBeforeUs, notAfterUs } = certificate
        found.add(`${peerKey(shown)} ${kind} ${fingerprint}`, tls, chain.at, () => ({
          kind,
          severity,
          title: TITLES[kind],
          remedy: REMEDIES[kind],
          detail: `${whose(shown)} shows ${subject}, ${said}.`,
          evidence: {
            side: shown.sender,
            subject,
            notBefore: formatTime(notBeforeUs),
            notAfter: formatTime(notAfterUs),
            ...evidence,
          },
        }))
      }
    }
    return found.findings()
  },
}))

interface Fault {
  readonly kind: 'expired' | 'not-yet-valid' | 'expiring' | 'long-lived'
  readonly severity: Severity
  readonly said: string
  readonly evidence: Readonly<Record<string, unknown>>
}

const TITLES: Readonly<Record<Fault['kind'], string>> = {
  expired: 'A certificate has expired',
  'not-yet-valid': 'A certificate is not valid yet',
  expiring: 'A certificate expires soon',
  'long-lived': 'A certificate was issued for longer than is usual',
}

/** What is not mended by a renewal. */
const REMEDIES: Readonly<Partial<Record<Fault['kind'], string>>> = {
  'not-yet-valid':
    'Set the clock right where the certificate was made, and on the capturing host; else go on with the certificate before it until it is valid.',
  'long-lived': 'Have the next certificate issued for a shorter life, renewed by itself, and its last day watched.',
}

function faultsOf(
  { notBeforeUs, notAfterUs }: Certificate,
  timeUs: number,
  isLeaf: boolean,
  asked: TlsPolicy,
): Fault[] {
  const { marginDays = MARGIN_DAYS, longestLifeDays = LONGEST_DAYS, shortLivedLeaves = false } = asked
  const left = (notAfterUs - timeUs) / DAY_US
  // Both ends are included (RFC 5280 §4.1.2.5).
  const life = (notAfterUs - notBeforeUs + 1e6) / DAY_US
  const faults: Fault[] = []
  // The last second is valid to its end.
  if (timeUs >= notAfterUs + 1e6) {
    const said = `which expired on ${formatDay(notAfterUs)}`
    faults.push({ kind: 'expired', severity: 'error', said, evidence: { expiredForDays: Math.floor(-left) } })
  } else if (timeUs < notBeforeUs) {
    const said = `which is not valid before ${formatTime(notBeforeUs)}`
    faults.push({ kind: 'not-yet-valid', severity: 'error', said, evidence: {} })
  } else if (left < marginDays && !(isLeaf && shortLivedLeaves && life < 2 * marginDays)) {
    const said = `which expires on ${formatDay(notAfterUs)}, ${Math.floor(left)} days after the capture`
    faults.push({ kind: 'expiring', severity: 'warning', said, evidence: { daysLeft: Math.floor(left), marginDays } })
  }
  if (isLeaf && life > longestLifeDays) {
    const set = asked.longestLifeDays === undefined ? 'a policy may set another' : 'of the policy'
    const said = `issued for ${Math.round(life)} days, above the limit of ${longestLifeDays} (${set})`
    faults.push({
      kind: 'long-lived',
      severity: 'warning',
      said,
      evidence: { days: Math.round(life), longestLifeDays },
    })
  }
  return faults
}
