import type { Policy } from '../../policy/policy.ts'
import type { Certificate } from '../../tls/certificate.ts'
import { listed } from '../listed.ts'
import { defineRule, type RuleText, type Statement } from '../rule.ts'
import { nameMatch, namesOf } from './certificate-names.ts'
import { meantName } from './meant-name.ts'
import { chainsOf, PeerFindings, type Shown, whose } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-name-mismatch',
  severity: 'error',
  title: 'The certificate does not hold the name that was meant',
  meaning:
    'The client wanted to reach a name, and the certificate of the server that answered is made out to others. A client ' +
    'that checks names refuses it; one that does not accepts anyone who has any certificate.',
  shows:
    'The server name of the ClientHello, else the host of Route or Request-URI where SIP is readable, else the name that ' +
    'the policy has for the address, held against subjectAltName; the common name counts only where that has no name. ' +
    'A wildcard never stands for a SIP domain.',
  causes: [
    'the certificate has the name of the host, and the trunk is dialled by the name of the service (or the other way round)',
    'a wildcard certificate of a web site was reused on the SBC',
    'the name stands in the common name only, beside other names in subjectAltName',
    'the trunk ends at another node than the one that was meant',
  ],
  remedy: 'Have a certificate issued with every name that peers dial in subjectAltName (DNS), spelled out.',
  references: ['RFC 9525 §6.3', 'RFC 5922 §7.1', 'RFC 5922 §7.2', 'RFC 6066 §3'],
}

export const tlsNameMismatch = defineRule(text, (trace, policy) => ({
  end: () => {
    const found = new PeerFindings(text, trace)
    for (const shown of chainsOf(trace, ['server'])) {
      for (const said of faultsOf(shown, policy)) {
        found.add(`${said.detail} ${shown.leaf.fingerprint}`, shown.tls, shown.chain.at, () => said)
      }
    }
    return found.findings()
  },
}))

function faultsOf(shown: Shown, policy: Policy): Statement[] {
  const { tls, leaf } = shown
  const { peerNames, requestUriHost = false } = policy.tls ?? {}
  const meant = meantName(shown, policy)
  const faults: Statement[] = []
  if (meant !== undefined) faults.push(...mismatch(shown, meant.name, meant.by, policy))
  else if (peerNames !== undefined && !peerNames.some((name) => holds(shown, name, policy))) {
    faults.push({
      severity: 'warning',
      title: 'The certificate holds none of the names of the policy',
      detail: `${whose(shown)} shows a certificate for ${namesText(leaf)}; the policy names ${peerNames.length} peers, and none of them is in it.`,
      evidence: { names: namesOf(leaf) },
    })
  }
  if (!requestUriHost) return faults
  const hosts = tls.targets.filter((target) => target.in === 'request-uri' && target.host !== meant?.name)
  return [...faults, ...hosts.flatMap(({ host }) => mismatch(shown, host, 'Request-URI', policy))]
}

function mismatch(shown: Shown, name: string, by: string, policy: Policy): Statement[] {
  if (holds(shown, name, policy)) return []
  const { leaf } = shown
  const wildcard = nameMatch(leaf, name) === 'wildcard'
  const why = wildcard
    ? ' Its wildcard does not count: for SIP wildcards never match (RFC 5922 §7.2).'
    : leaf.commonName?.toLowerCase() === name.toLowerCase()
      ? ' Its common name does not count where there are other names (RFC 9525 §6.3).'
      : ''
  return [
    {
      detail: `${whose(shown)} is meant to be ${name} (${by}), and shows a certificate for ${namesText(leaf)}.${why}`,
      evidence: { name, by, names: namesOf(leaf), ...(wildcard && { wildcard }) },
    },
  ]
}

function holds(shown: Shown, name: string, { tls: { exactName = false } = {} }: Policy): boolean {
  const match = nameMatch(shown.leaf, name)
  return match === 'exact' || (match === 'wildcard' && !exactName && isWeb(shown))
}

/** HTTPS, where a wildcard stands for one label (RFC 9525 §6.3); TLS on any other port is taken for SIP. */
function isWeb({ tls, handshake }: Shown): boolean {
  const protocols = handshake.clientHello?.applicationProtocols ?? []
  return tls.server.port === 443 || protocols.includes('h2') || protocols.includes('http/1.1')
}

function namesText(leaf: Certificate): string {
  const names = namesOf(leaf)
  return names.length === 0 ? 'no name' : listed(names)
}
