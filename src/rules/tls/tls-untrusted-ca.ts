import type { AnalysedChain } from '../../model/tls-facts.ts'
import type { TlsAuthorities, TlsPolicy } from '../../policy/policy.ts'
import { defineRule, type RuleText } from '../rule.ts'
import { nameMatch } from './certificate-names.ts'
import { chainsOf, PeerFindings, peerKey, type Shown, whose } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-untrusted-ca',
  severity: 'error',
  title: 'A chain that does not end in an authority of the policy',
  meaning:
    'Under a policy that says whose certificates are accepted: the chain that a peer shows ends elsewhere. The other side ' +
    'refuses the handshake, or would accept anyone who has a certificate of that authority.',
  shows:
    'The root or the last issuer of the chain, held against the public roots (those of Mozilla that Node carries), the ' +
    'files of --ca-bundle and of the policy, or the organisation names of the policy.',
  causes: [
    'a self-signed or enterprise certificate where the provider wants a public one',
    'an authority that the provider does not list',
    'the wrong certificate was bound to the TLS profile of the trunk',
  ],
  remedy:
    "Have the certificate issued by one of the policy's authorities; for an authority of your own give --ca-bundle.",
  references: ['RFC 5280 §6.1', 'RFC 5922 §7.2', 'RFC 3261 §26.3.1'],
}

export const tlsUntrustedCa = defineRule(text, (trace, { tls: asked = {} }) => {
  const { authorities, peerRoots } = asked
  if ((authorities === undefined || authorities === 'any') && peerRoots === undefined) return {}
  return {
    end: () => {
      const found = new PeerFindings(text, trace)
      for (const shown of chainsOf(trace)) {
        const { tls, chain, leaf } = shown
        const wanted = wantedInstead(shown, asked)
        if (wanted === undefined) continue
        found.add(`${peerKey(shown)} ${leaf.fingerprint}`, tls, chain.at, () => ({
          detail: `${whose(shown)} shows ${leaf.subject}, whose chain ends in ${endOf(chain)}; the policy wants ${wanted.wanted}.`,
          evidence: {
            side: shown.sender,
            subject: leaf.subject,
            endsIn: endOf(chain),
            ...wanted,
          },
        }))
      }
      return found.findings()
    },
  }
})

/** What the policy wants, in words, and the names in them: organisations or common names, and a file. */
interface Wanted {
  readonly wanted: string
  readonly authorities?: readonly string[]
  readonly bundle?: string
}

/** What the policy wants, where the chain is not that. */
function wantedInstead(shown: Shown, { authorities, peerRoots, peerNames = [] }: TlsPolicy): Wanted | undefined {
  const { chain, leaf, handshake, sender } = shown
  if (authorities !== undefined && authorities !== 'any' && !endsIn(chain, authorities)) return wantedOf(authorities)
  const isNamed = ({ serverName }: { readonly serverName?: string } = {}) =>
    serverName !== undefined && peerNames.includes(serverName.toLowerCase())
  const isPeer =
    peerNames.some((name) => nameMatch(leaf, name) === 'exact') ||
    (sender === 'server' && isNamed(handshake.clientHello))
  if (peerRoots === undefined || !isPeer) return undefined
  const last = chain.root?.commonName ?? chain.path.at(-1)?.issuerCommonName
  return last !== undefined && peerRoots.includes(last)
    ? undefined
    : { wanted: peerRoots.join(' or '), authorities: peerRoots }
}

function endsIn(chain: AnalysedChain, authorities: Exclude<TlsAuthorities, 'any'>): boolean {
  if (chain.trustedBy.includes('bundle')) return true
  if (authorities === 'public') {
    // Where only the chain is cut short, tls-chain-incomplete says so.
    return chain.trustedBy.includes('public') || chain.missing?.proof === 'public-authority'
  }
  if (authorities.bundle !== undefined && chain.trustedBy.includes('policy')) return true
  const last = chain.path.at(-1)
  const named = [
    chain.root?.organisation,
    last?.selfSigned ? last.organisation : last?.issuerOrganisation,
    ...belowRoot(chain),
  ]
  return (authorities.organisations ?? []).some((wanted) =>
    named.some((name) => name?.toLowerCase().includes(wanted.toLowerCase())),
  )
}

/** The organisation of the issuer below the root, as the policy has it; never that of the leaf itself. */
function belowRoot({ path, root }: AnalysedChain): (string | undefined)[] {
  const issuers = path.slice(1).filter(({ fingerprint }) => fingerprint !== root?.fingerprint)
  return [issuers.at(-1)?.organisation]
}

function endOf({ root, missing, path }: AnalysedChain): string {
  return root?.subject ?? missing?.name ?? path.at(-1)?.issuer ?? 'nothing'
}

function wantedOf(authorities: Exclude<TlsAuthorities, 'any'>): Wanted {
  if (authorities === 'public') return { wanted: 'a public authority' }
  const { organisations = [], bundle } = authorities
  return {
    wanted: [...organisations, ...(bundle === undefined ? [] : [`one of ${bundle}`])].join(', '),
    authorities: organisations,
    ...(bundle !== undefined && { bundle }),
  }
}
