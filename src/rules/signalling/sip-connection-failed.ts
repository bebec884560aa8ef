import { formatEndpoint } from '../../bytes/endpoint.ts'
import type { TraceFacts } from '../../model/analysis.ts'
import { type IcmpErrorRun, isOfAll } from '../../model/icmp-errors.ts'
import type { FailedConnections } from '../../sip/watch/connection-facts.ts'
import { icmpEvidence, icmpText } from '../icmp-words.ts'
import { defineRule, type RuleText, type Statement } from '../rule.ts'
import { findingsOf } from '../summed-up.ts'
import { SilentPeers } from './silent-peers.ts'
import { searchersOf } from './sip-scanner.ts'

const text: RuleText = {
  id: 'sip-connection-failed',
  severity: 'error',
  title: 'A TCP connection for SIP is not made',
  meaning:
    'A host asks another for a TCP connection to a port of SIP and does not get it: without it there is ' +
    'neither TLS nor SIP, and a trunk that is down for this shows no message at all.',
  shows:
    'SYNs that RST answers (refused) or ICMP (rejected), or that come again and nothing answers; to ports 5060 to 5069, 8933 and 8934, and where SIP is answered in the trace. A warning where other connections between the two were made, ' +
    'and where little shows that the sender is no stranger. Left out are scanners, and strangers at a host that lets ' +
    'others in.',
  causes: [
    'the SIP server is down, or listens on another port or address, or over UDP alone',
    'a firewall, security group or access list that drops the port, or rejects it with RST',
    'an address that the far side does not admit: carriers and clouds know their customers by it',
    'an address from DNS (SRV, A) that is out of date, or a route that is missing',
  ],
  remedy:
    'Look whether the SIP server runs and listens on that port (ss -ltnp), and whether the trunk or DNS names the right host, port and transport.',
  references: ['RFC 3261 §18.1.1', 'RFC 9293 §3.5.2', 'RFC 6298 §2'],
  kinds: ['refused', 'unanswered', 'rejected'],
}

const REMEDIES = {
  refused:
    'Look whether the SIP server runs and listens on that port (ss -ltnp), for TLS on 5061; whether the trunk or DNS names the right host, port ' +
    'and transport; and whether a firewall rejects (REJECT --reject-with tcp-reset).',
  unanswered:
    'Let the port through at the firewalls and access lists of both sides, with the address that the far side sees (behind a ' +
    'NAT the public one); look whether the host is up, and whether the trunk or DNS names the right one.',
  rejected:
    'Look at who sends the ICMP errors: what it says is what it did with the SYN. Let the port through there, or mend the way to the host.',
} as const

/** Hosts and ports that somebody may ask in vain, once each, who does not look for somebody. */
const FEW = 3

export const sipConnectionFailed = defineRule(text, (trace, policy) => {
  const failed = trace.signalling.failedConnections
  if (failed.length === 0) return {}
  return {
    end: () => {
      const searching = new Set([...searchersOf(trace), ...searchersAmong(failed)])
      const peers = new SilentPeers(trace, policy)
      const connected = new Connected(trace)
      const isMeant = ({ source, destination }: FailedConnections) => {
        if (searching.has(source) || peers.isUnwanted(source)) return false
        return connected.has(source) || !(peers.isStranger(source, destination) || connected.admits(destination))
      }
      const statements = failed.filter(isMeant).flatMap((one) => {
        const icmp = icmpOf(trace, one)
        const isKnown = peers.isKnown(one.source) || connected.has(one.source)
        return attemptsOf(one, icmp) === 0 ? [] : [statementOf(one, icmp, isKnown)]
      })
      return findingsOf(text, trace, statements, 'hosts')
    },
  }
})

/** Who has TCP connections for SIP with anybody. */
class Connected {
  readonly #hosts = new Set<string>()
  readonly #servers = new Set<string>()

  constructor({ signalling: { tcpAnswers, failedConnections } }: TraceFacts) {
    const ports = new Set(failedConnections.map(({ port }) => port))
    for (const { kind, source, port, destination } of tcpAnswers) {
      if (kind !== 'SYN-ACK' || !ports.has(port)) continue
      this.#servers.add(source)
      this.#hosts.add(source).add(destination)
    }
  }

  has(address: string): boolean {
    return this.#hosts.has(address)
  }

  /** Whether it lets anybody in. */
  admits(address: string): boolean {
    return this.#servers.has(address)
  }
}

/** Who asks many, none of them more than once, and is let in by none. */
function searchersAmong(failed: readonly FailedConnections[]): readonly string[] {
  const found = new Map<string, { ways: number; isOnceEach: boolean }>()
  for (const { source, made, refused, unanswered, unsure } of failed) {
    const known = found.get(source)
    found.set(source, {
      ways: (known?.ways ?? 0) + 1,
      isOnceEach: known?.isOnceEach !== false && made === 0 && refused + unanswered + unsure === 1,
    })
  }
  return [...found].filter(([, { ways, isOnceEach }]) => ways > FEW && isOnceEach).map(([source]) => source)
}

/** @param icmp what ICMP says of them, by which those are sure that else are not */
function attemptsOf({ refused, unanswered, unsure }: FailedConnections, icmp?: IcmpErrorRun): number {
  return refused + unanswered + (icmp === undefined ? 0 : unsure)
}

/** @param isKnown it takes part in SIP otherwise: what it asks for is meant */
function statementOf(one: FailedConnections, icmp: IcmpErrorRun | undefined, isKnown: boolean): Statement {
  const { source, destination, port, made, refused, unanswered, longest, at } = one
  const kind = icmp !== undefined ? 'rejected' : unanswered > 0 ? 'unanswered' : 'refused'
  const attempts = attemptsOf(one, icmp)
  return {
    kind,
    severity: made === 0 && (isKnown || attempts > FEW) ? 'error' : 'warning',
    remedy: REMEDIES[kind],
    detail:
      `${source} asks ${formatEndpoint({ address: destination, port })} for a TCP connection${attempts > 1 ? ` ${attempts} times` : ''}, and ` +
      `${outcomeText(one, icmp)}.${besides(made)}`,
    at,
    evidence: {
      source,
      destination,
      port,
      attempts,
      refused,
      made,
      ...(longest !== undefined && { syns: longest.syns, spanMs: Math.round(longest.spanUs / 1e3) }),
      ...(icmp !== undefined && { icmp: icmpEvidence(icmp) }),
    },
  }
}

function outcomeText({ refused, unanswered, longest }: FailedConnections, icmp: IcmpErrorRun | undefined): string {
  if (unanswered === 0 && icmp === undefined) return 'RST refuses it'
  const { syns = 0, spanUs = 0 } = longest ?? {}
  const silence = `nothing answers ${unanswered > 1 ? 'up to ' : ''}${syns} SYNs within ${(spanUs / 1e6).toFixed(1)} s`
  const other = icmp === undefined ? silence : icmpText(icmp)
  return refused === 0 ? other : `RST refuses it ${refused} times, or ${other}`
}

function besides(made: number): string {
  if (made === 0) return ' None was made in this capture.'
  return made === 1 ? ' One other was made.' : ` ${made} others were made.`
}

/** What ICMP says of SYNs that nothing answers. What RST answers did arrive, and no SYN is too big: that is said of other segments. */
function icmpOf({ icmp }: TraceFacts, one: FailedConnections): IcmpErrorRun | undefined {
  const { source, destination, port, unanswered, unsure } = one
  if (unanswered + unsure === 0) return undefined
  return icmp
    .between(source, destination)
    .find((run) => run.transport === 'tcp' && run.destination.port === port && isOfAll(run))
}
