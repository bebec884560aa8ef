import { BlockList, isIP } from 'node:net'
import type { AnalysedTls } from '../../model/tls-facts.ts'
import type { Policy } from '../../policy/policy.ts'
import { isAddress } from './certificate-names.ts'
import type { Handshaken } from './tls-peers.ts'

/** The name of the server that the client meant, and what says so. */
export interface MeantName {
  readonly name: string
  readonly by: 'server_name' | 'Route' | 'Request-URI' | 'policy'
}

/**
 * SNI, else the host of the first Route or Request-URI where SIP is readable, else the name that the policy has for the
 * server's address. An address in a URI is no name: sip-uri-ip-host speaks of it.
 */
export function meantName({ tls, handshake }: Handshaken, policy: Policy): MeantName | undefined {
  const name = handshake.clientHello?.serverName
  if (name !== undefined) return { name, by: 'server_name' }
  const named = tls.targets.filter(({ host }) => !isAddress(host))
  const target = named.find((one) => one.in === 'route') ?? named[0]
  if (target !== undefined) return { name: target.host, by: target.in === 'route' ? 'Route' : 'Request-URI' }
  const known = nameByAddress(tls, policy)
  return known === undefined ? undefined : { name: known, by: 'policy' }
}

function nameByAddress({ server }: AnalysedTls, { tls: { namesByAddress = {} } = {} }: Policy): string | undefined {
  return Object.entries(namesByAddress).find(([network]) => isWithin(server.address, network))?.[1]
}

function isWithin(address: string, network: string): boolean {
  const [base, bits] = network.split('/')
  const family = isIP(base) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(address) !== isIP(base)) return false
  const list = new BlockList()
  list.addSubnet(base, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  return list.check(address, family)
}
