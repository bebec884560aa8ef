import type { AnalysedCall } from '../../model/analysis.ts'
import type { MessagePath } from '../../sip/call.ts'
import { hopOf } from '../hop-of.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'

const text: RuleText = {
  id: 'sip-port-policy',
  severity: 'warning',
  title: 'SIP over TLS goes to a port that the policy does not name',
  meaning:
    'Under a policy with a port for SIP over TLS: a connection between two hosts has it at neither end. A firewall or a ' +
    'peer that knows the one port only does not let it in.',
  shows: 'The ports of a TLS connection that SIP was read from.',
  causes: [
    'a trunk that was set up with the port of UDP and TCP (5060)',
    'a port of its own on an SBC with several realms',
  ],
  remedy:
    'Let the server listen at the port of the policy and the client connect to it, or name the port in the policy.',
  references: ['RFC 3261 §19.1.2', 'RFC 3261 §26.2.2'],
}

/** Pairs of hosts that are told of. */
const MOST = 100

interface Elsewhere {
  readonly path: MessagePath
  readonly call: AnalysedCall
  calls: number
}

export const sipPortPolicy = defineRule(text, (trace, { sip: { port } = {} }) => {
  if (port === undefined) return {}
  const found = new Map<string, Elsewhere>()
  return {
    call: (call) => {
      for (const path of call.paths) {
        const { source, destination, transport } = path
        // Requests go over the connection either way: whose port is the server's is not known.
        if (transport !== 'tls' || source.port === port || destination.port === port) continue
        const hosts = hopOf(path)
        const known = found.get(hosts)
        if (known !== undefined) known.calls++
        else if (found.size < MOST) found.set(hosts, { path, call, calls: 1 })
      }
      return []
    },
    end: () =>
      [...found.values()].map(({ path: { source, destination }, call, calls }) => {
        const ports = [source.port, destination.port]
        return finding(text, trace, {
          detail:
            `SIP over TLS between ${source.address} and ${destination.address} uses the ports ${ports.join(' and ')}; the ` +
            `policy has it at port ${port}.`,
          callId: call.callId,
          at: call.exchanges.slice(0, 1).map(({ offer }) => offer.at),
          evidence: { hosts: [source.address, destination.address], ports, allowed: port, paths: calls },
        })
      }),
  }
})
