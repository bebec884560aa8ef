import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { TraceFacts } from '../../model/analysis.ts'
import type { AnalysedHandshake, AnalysedTls } from '../../model/tls-facts.ts'
import { cipherSuiteName } from '../../tls/cipher-suites.ts'
import type { ClientHelloFacts } from '../../tls/handshake-facts.ts'
import { groupName } from '../../tls/named-groups.ts'
import { signatureAlgorithmName } from '../../tls/signature-algorithms.ts'
import { versionName } from '../../tls/versions.ts'

/** What a client offers, by name. */
export function clientShowed({ clientHello }: AnalysedHandshake): Readonly<Record<string, unknown>> | undefined {
  if (clientHello === undefined) return undefined
  const { cipherSuites, groups, signatureAlgorithms, serverName } = clientHello
  return {
    versions: offeredVersions(clientHello).map(versionName),
    ciphers: cipherSuites.slice(0, MOST).map(cipherSuiteName),
    groups: groups.slice(0, MOST).map(groupName),
    signatureAlgorithms: signatureAlgorithms.slice(0, MOST).map(signatureAlgorithmName),
    ...(serverName !== undefined && { serverName }),
  }
}

const MOST = 40

/** supported_versions; without it, the one version that the client says is its best (RFC 8446 §4.1.2). */
export function offeredVersions({ supportedVersions, version }: ClientHelloFacts): readonly number[] {
  return supportedVersions.length > 0 ? supportedVersions : [version]
}

/** What a server chose in the other handshakes of the trace: it never states what else it supports. */
export interface ServerChoices {
  readonly versions: ReadonlySet<number>
  readonly suites: ReadonlySet<number>
  readonly groups: ReadonlySet<number>
}

export function serverChoices(trace: TraceFacts): ReadonlyMap<string, ServerChoices> {
  const servers = new Map<string, { versions: Set<number>; suites: Set<number>; groups: Set<number> }>()
  for (const { server, handshakes } of trace.tls) {
    for (const { serverHello, keyExchange } of handshakes) {
      if (serverHello === undefined) continue
      const name = formatEndpoint(server)
      const known = servers.get(name) ?? { versions: new Set(), suites: new Set(), groups: new Set() }
      servers.set(name, known)
      known.versions.add(serverHello.version)
      known.suites.add(serverHello.cipherSuite)
      const group = keyExchange?.group ?? serverHello.group
      if (group !== undefined) known.groups.add(group)
    }
  }
  return servers
}

/** What the server showed in this handshake, and, inferred, what it took elsewhere. */
export function serverShowed(
  { serverHello }: AnalysedHandshake,
  choices: ServerChoices | undefined,
): Readonly<Record<string, unknown>> {
  return {
    ...(serverHello && { version: versionName(serverHello.version), cipher: cipherSuiteName(serverHello.cipherSuite) }),
    ...(choices && {
      tookElsewhere: {
        versions: [...choices.versions].map(versionName),
        ciphers: [...choices.suites].map(cipherSuiteName),
        groups: [...choices.groups].map(groupName),
      },
    }),
  }
}

/** Whether the two sides can meet, as far as the trace knows; in words, and always as what it is: inferred. */
export function meeting({ clientHello }: AnalysedHandshake, choices: ServerChoices | undefined): string {
  if (clientHello === undefined) return ''
  if (choices === undefined) return ' What the server supports is not seen; servers never state it.'
  const { cipherSuites, groups } = clientHello
  const apart = [
    [choices.versions, offeredVersions(clientHello), 'version'] as const,
    [choices.suites, cipherSuites, 'cipher suite'] as const,
    [choices.groups, groups, 'group'] as const,
  ].flatMap(([took, offered, what]) => (took.size > 0 && !offered.some((one) => took.has(one)) ? [what] : []))
  return apart.length > 0
    ? ` The client offers no ${apart.join(' and no ')} that this server took elsewhere in the capture (inferred: it may support more).`
    : ' The server took elsewhere in the capture what this client offers too (inferred).'
}

/** `client > server` by addresses, without the client's port: what tries again fails again. */
export function pairOf({ client, server }: AnalysedTls): string {
  return `${client.address} > ${formatEndpoint(server)}`
}
