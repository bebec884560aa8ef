import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { TlsVersion } from '../../policy/policy.ts'
import { TLS_1_2, versionName } from '../../tls/versions.ts'
import { defineRule, type RuleText } from '../rule.ts'
import { offeredVersions } from './handshake-sides.ts'
import { handshakesOf, PeerFindings } from './tls-peers.ts'

const text: RuleText = {
  id: 'tls-version',
  severity: 'error',
  title: 'A TLS version that is broken, or that the policy does not allow',
  meaning:
    'SSL 3.0, TLS 1.0 and TLS 1.1 rest on MD5 and SHA-1, and attacks on them are known: they must not be negotiated any ' +
    'more. Under a policy: another version than those it allows.',
  shows: 'The version that the ServerHello chose, and those that the ClientHello offered.',
  causes: [
    'an SBC or phone whose TLS profile still allows TLS 1.0, against a peer that knows no better',
    'old firmware whose library ends at TLS 1.0',
    'a profile that ends at TLS 1.2 where TLS 1.3 is asked for',
  ],
  remedy: 'Set the least version of both TLS profiles to TLS 1.2 (or to what the policy says), and renew what cannot.',
  references: ['RFC 8996 §4', 'RFC 8446 §4.1.3', 'RFC 9325 §3.1.1'],
  kinds: ['deprecated', 'policy'],
}

export const tlsVersion = defineRule(text, (trace, { tls: asked = {} }) => ({
  end: () => {
    const found = new PeerFindings(text, trace)
    for (const { tls, handshake } of handshakesOf(trace)) {
      const { serverHello, clientHello } = handshake
      if (serverHello === undefined) continue
      const { version, at } = serverHello
      const name = versionName(version)
      const server = formatEndpoint(tls.server)
      const kind =
        version < TLS_1_2 ? 'deprecated' : asked.versions?.includes(name as TlsVersion) === false ? 'policy' : undefined
      if (kind === undefined) continue
      const offered = clientHello === undefined ? undefined : offeredVersions(clientHello)
      const best = offered === undefined ? '' : `; the client offered up to ${versionName(Math.max(...offered))}`
      const allowed = kind === 'policy' ? `; the policy allows ${asked.versions?.join(' and ')}` : ''
      found.add(`${server} ${version}`, tls, at, () => ({
        kind,
        severity: kind === 'policy' ? 'warning' : 'error',
        detail: `The server ${server} negotiates ${name} with ${tls.client.address}${best}${allowed}.`,
        evidence: {
          version: name,
          ...(offered && { offered: offered.map(versionName) }),
          ...(asked.versions && { allowed: asked.versions }),
        },
      }))
    }
    return found.findings()
  },
}))
