import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { LostConnections } from '../../sip/watch/connection-facts.ts'
import { defineRule, type RuleText, type Statement } from '../rule.ts'
import { findingsOf } from '../summed-up.ts'
import { PATH_REMEDY } from '../tls/handshake-silence.ts'
import { SilentPeers } from './silent-peers.ts'

const text: RuleText = {
  id: 'sip-connection-lost',
  severity: 'error',
  title: 'A TCP connection for SIP dies',
  meaning:
    'A connection for SIP, over TLS or not, is dead and one side does not know: what it sends is lost, calls and responses with it, until TCP ' +
    'gives up, which may take a quarter of an hour.',
  shows:
    'On a connection of port 5060 to 5069, 8933 or 8934, or where SIP is answered in the trace, that was in use: the same octets four times and more, over 3 s at least, and no word that comes back ' +
    '(silent); or a RST for the first octets after 30 s of silence or more (reset). It shows without the secrets of TLS. An error where the ' +
    'server is not reached; clients that go away without a word are a warning.',
  causes: [
    'a NAT, a firewall or a load balancer that forgets idle connections sooner than anybody sends a keep-alive',
    'a failover or a restart of the server, whose connections nobody closed',
    'a link or a route that went away; a telephone that was switched off or changed its network',
    'a path that loses long segments, such as those of an INVITE: a tunnel whose MTU nobody is told of',
  ],
  remedy:
    'Send keep-alives (CRLF, OPTIONS, or those of TCP) more often than the shortest idle timeout on the way, and have the sender give up sooner ' +
    '(TCP_USER_TIMEOUT, a timer for the pong).',
  references: ['RFC 5626 §3.5.1', 'RFC 5626 §4.4.1', 'RFC 5382 §5', 'RFC 9293 §3.8.3', 'RFC 6298 §5'],
  kinds: ['silent', 'reset'],
}

/** So long a silence may have been too long for what keeps state on the way. */
const LONG_IDLE_US = 30e6
/** Octets that do not fit through many a tunnel. */
const LONG_SEGMENT = 1200

export const sipConnectionLost = defineRule(text, (trace, policy) => {
  const { lostConnections } = trace.signalling
  if (lostConnections.length === 0) return {}
  return {
    end: () => {
      const peers = new SilentPeers(trace, policy)
      const statements = lostConnections
        .filter(({ source, destination }) => !peers.isUnwanted(source) && !peers.isUnwanted(destination))
        .map(statementOf)
      return findingsOf(text, trace, statements, 'pairs of hosts')
    },
  }
})

function statementOf(one: LostConnections): Statement {
  const { source, destination, port, silent, reset, longest, at } = one
  const target = port === undefined ? destination : formatEndpoint({ address: destination, port })
  const isLong = silent > 0 && longest.idleUs < LONG_IDLE_US && longest.octets >= LONG_SEGMENT
  return {
    kind: silent > 0 ? 'silent' : 'reset',
    severity: silent > 0 && port !== undefined ? 'error' : 'warning',
    detail: silent > 0 ? silentText(one, target) : resetText(one, target),
    remedy: isLong ? PATH_REMEDY : undefined,
    at,
    evidence: {
      source,
      destination: target,
      silent,
      reset,
      times: longest.times,
      octets: longest.octets,
      spanMs: Math.round(longest.spanUs / 1e3),
      idleSeconds: Math.round(longest.idleUs / 1e6),
    },
  }
}

function silentText({ source, silent, reset, longest }: LostConnections, target: string): string {
  const { times, spanUs, idleUs, octets } = longest
  const others = silent > 1 ? ` The same happens on ${silent - 1} more of their connections.` : ''
  const resets = reset > 0 ? ` RST answers the first octets after a long silence on ${reset} others.` : ''
  return (
    `${source} sends the same ${octets} octets ${times} times within ${(spanUs / 1e6).toFixed(1)} s to ${target}, on a TCP connection that was ` +
    `in use, and gets neither an acknowledgement nor a word.${whyOf(idleUs, octets)}${others}${resets}`
  )
}

function whyOf(idleUs: number, octets: number): string {
  if (idleUs >= LONG_IDLE_US) {
    return (
      ` Nothing had been said on it for ${Math.round(idleUs / 1e6)} s before: a NAT, a firewall or a load balancer may have forgotten it, or the ` +
      'other host is gone.'
    )
  }
  return octets >= LONG_SEGMENT
    ? ' That is a long segment: where shorter ones arrive, the path loses those that are long.'
    : ''
}

function resetText({ source, reset, longest }: LostConnections, target: string): string {
  const others = reset > 1 ? `, and so on ${reset - 1} more of their connections` : ''
  return (
    `RST answers the first octets that ${source} sends to ${target} after ${Math.round(longest.idleUs / 1e6)} s of silence${others}: they are ` +
    'lost. Most likely a NAT, a firewall, a load balancer or the other host gave the connection up for being idle, or started anew.'
  )
}
