import { type Endpoint, formatEndpoint } from '../../bytes/endpoint.ts'
import type { AnalysedCall, TraceFacts } from '../../model/analysis.ts'
import type { IcmpErrorRun } from '../../model/icmp-errors.ts'
import type { Finding } from '../../model/report.ts'
import { isSameEndpoint } from '../../sip/transaction.ts'
import { icmpEvidence, icmpText } from '../icmp-words.ts'
import type { Period } from '../media/call-media.ts'
import { defineRule, FRAMES, finding, NO_FINDINGS, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'
import { SAID_WITHIN_US } from './refused-requests.ts'
import { searchersOf } from './sip-scanner.ts'

const text: RuleText = {
  id: 'sip-undelivered',
  severity: 'error',
  title: 'SIP does not arrive, and ICMP says why',
  meaning:
    'Somebody answers SIP over UDP with ICMP errors: a host on which nothing listens, a firewall that rejects, a router that ' +
    'finds no way or cannot pass on what is so large. The request is lost, and its sender may wait 32 s before it says so.',
  shows:
    'ICMP errors that quote what was sent between the hosts of a call while it ran, or toward a registrar: of the port ' +
    '(closed-port), of a firewall (prohibited), of the host or the way to it (unreachable, ttl-exceeded), of its size ' +
    '(too-big, where the call got no answer). A warning where an answer came all the same.',
  causes: [
    'a SIP server that is down, or listens on another port, address or transport',
    'a binding or a Contact that is no longer true: a telephone that moved or restarted, a NAT that forgot it',
    'a firewall rule that rejects',
    'a route that is missing, or leads in a circle',
    'an INVITE larger than the MTU of the way, whose fragments or “fragmentation needed” a firewall drops',
  ],
  remedy: 'Look at who sends the errors: what it says is what it did with the datagram.',
  references: ['RFC 3261 §18.4', 'RFC 3261 §18.1.1', 'RFC 1122 §3.2.2.1', 'RFC 4443 §3'],
  kinds: ['closed-port', 'prohibited', 'unreachable', 'ttl-exceeded', 'too-big'],
}

const KINDS: Readonly<Record<IcmpErrorRun['kind'], string>> = {
  'port-unreachable': 'closed-port',
  'protocol-unreachable': 'closed-port',
  prohibited: 'prohibited',
  'host-unreachable': 'unreachable',
  'network-unreachable': 'unreachable',
  'source-route-failed': 'unreachable',
  unreachable: 'unreachable',
  'ttl-exceeded': 'ttl-exceeded',
  'too-big': 'too-big',
  'fragments-missing': 'too-big',
}

const REMEDIES: Readonly<Record<string, string>> = {
  'closed-port':
    'Look whether the SIP server runs and listens on that address and port over UDP (ss -lunp); whether DNS, the trunk or the ' +
    'registered Contact names the right ones; and whether a firewall there rejects (REJECT).',
  prohibited: 'Let SIP through at the firewall that sends these errors.',
  unreachable: 'Look whether the host is up and has this address, and at the routes of whoever sends these errors.',
  'ttl-exceeded': 'Follow the way with traceroute from the sender: two routers that send to one another make a circle.',
  'too-big':
    'Send requests of this size over TCP or TLS, as RFC 3261 §18.1.1 asks for beyond 1,300 octets; or make them smaller (fewer ' +
    'codecs, no ICE candidates that are of no use), and let fragments and these ICMP errors through.',
}

export const sipUndelivered = defineRule(text, (trace) => {
  if (trace.icmp.runs.length === 0) return {}
  const groups = new Groups(trace)
  return {
    call: (call) => {
      groups.addCall(call)
      return NO_FINDINGS
    },
    end: () => {
      groups.addRegistrations()
      return groups.findings()
    },
  }
})

/** What one host says of SIP between two others, for one reason. */
interface Group {
  readonly run: IcmpErrorRun
  readonly kind: string
  readonly runs: Set<IcmpErrorRun>
  calls: number
  answered: number
  readonly callId: string | undefined
  /** Nothing came back, of some call or registration. */
  isLost: boolean
}

class Groups {
  readonly #trace: TraceFacts
  readonly #groups = new Map<string, Group>()
  readonly #searching: ReadonlySet<string>

  constructor(trace: TraceFacts) {
    this.#trace = trace
    this.#searching = searchersOf(trace)
  }

  addCall(call: AnalysedCall): void {
    const isAnswered = call.answerUs !== undefined
    const underWay = signallingOf(call)
    const seen = new Set<Group>()
    for (const { source, destination, transport } of call.paths) {
      if (transport !== 'udp') continue
      const cameBack = isAnswered || hasPath(call, destination, source)
      const runs = this.#trace.icmp.about({ source, destination })
      const arrivedUs = lastArrivedUs(runs)
      for (const run of runs) {
        if (!underWay.some(({ fromUs, untilUs }) => run.first.timeUs <= untilUs && run.last.timeUs >= fromUs)) continue
        // A sender that hears of the size cuts its datagrams into fragments from then on (RFC 1191 §6.3).
        if (KINDS[run.kind] === 'too-big' && (cameBack || arrivedUs > run.first.timeUs)) continue
        const group = this.#add(run, call.callId)
        if (group === undefined) continue
        group.isLost ||= !cameBack
        if (seen.has(group)) continue
        seen.add(group)
        group.calls++
        if (isAnswered) group.answered++
      }
    }
  }

  /** What goes from a client to its registrar: it belongs to no call. */
  addRegistrations(): void {
    const { clearSip, icmp, signalling } = this.#trace
    const ways = new Set<string>()
    for (const { transport, source, destination, registrar } of clearSip) {
      if (transport !== 'udp' || registrar === undefined) continue
      const client = isSameEndpoint(registrar, destination) ? source : destination
      ways.add(`${client.address} ${formatEndpoint(registrar)}`)
    }
    if (ways.size === 0) return
    const answering = signalling.peers.filter(({ responses }) => responses > 0)
    const heard = new Set(answering.map(({ source, destination }) => `${source} ${destination}`))
    for (const run of icmp.runs) {
      const { source, destination, transport, kind } = run
      if (transport !== 'udp' || !ways.has(`${source.address} ${formatEndpoint(destination)}`)) continue
      // Beyond the hosts that are kept nobody knows who was heard.
      const cameBack = signalling.peersBeyond > 0 || heard.has(`${destination.address} ${source.address}`)
      if (KINDS[kind] === 'too-big' && cameBack) continue
      const group = this.#add(run, undefined)
      if (group !== undefined) group.isLost ||= !cameBack
    }
  }

  /** The first as they are, the others together: whoever sends errors makes as many as it likes. */
  findings(): Finding[] {
    const groups = [...this.#groups.values()].sort((a, b) => Number(b.isLost) - Number(a.isLost))
    return summedUp(
      groups,
      (group) => describe(this.#trace, group),
      (rest) => describeRest(this.#trace, rest),
    )
  }

  #add(run: IcmpErrorRun, callId: string | undefined): Group | undefined {
    if (this.#searching.has(run.source.address)) return undefined
    const key = `${run.kind} ${run.by} ${run.source.address} ${formatEndpoint(run.destination)}`
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = { run, kind: KINDS[run.kind], runs: new Set(), calls: 0, answered: 0, callId, isLost: false }
      this.#groups.set(key, group)
    }
    group.runs.add(run)
    return group
  }
}

/** What the receiver itself refuses has come through, in fragments now: the last time of that. */
function lastArrivedUs(runs: readonly IcmpErrorRun[]): number {
  return runs
    .filter(({ by, destination, kind }) => by === destination.address && KINDS[kind] !== 'too-big')
    .reduce((latest, { last }) => Math.max(latest, last.timeUs), Number.NEGATIVE_INFINITY)
}

/**
 * When a call's messages were on their way. Calls share their flows: what is refused while one is established is another's. A
 * BYE that was answered was not lost, and what comes behind it meets a client that is gone.
 */
function signallingOf({ startUs, answerUs, endUs, byeAnsweredUs, lastUs }: AnalysedCall): readonly Period[] {
  if (answerUs === undefined) return [{ fromUs: startUs, untilUs: endUs ?? lastUs + SAID_WITHIN_US }]
  const setUp = { fromUs: startUs, untilUs: answerUs }
  if (endUs === undefined || byeAnsweredUs !== undefined) return [setUp]
  return [setUp, { fromUs: endUs, untilUs: Math.max(endUs, lastUs) + SAID_WITHIN_US }]
}

function hasPath({ paths }: AnalysedCall, from: Endpoint, to: Endpoint): boolean {
  return paths.some(({ source, destination }) => source.address === from.address && destination.address === to.address)
}

function describe(trace: TraceFacts, group: Group): Finding {
  const { run, kind, runs, calls, answered, callId, isLost } = group
  const all = [...runs]
  const last = all.reduce((a, b) => (b.last.timeUs > a.last.timeUs ? b : a)).last
  const errors = all.reduce((sum, { count }) => sum + count, 0)
  const whole = { ...run, last, count: errors }
  return finding(text, trace, {
    kind,
    severity: isLost ? undefined : 'warning',
    detail:
      `SIP over UDP from ${run.source.address} to ${formatEndpoint(run.destination)} ${isLost ? 'does not arrive' : 'did not always arrive'}: ` +
      `${icmpText(whole)}.${outcomeText(group)}`,
    remedy: REMEDIES[kind],
    callId: calls === 1 ? callId : undefined,
    at: all.flatMap(({ first, last: end }) => [first, end]).slice(0, FRAMES),
    evidence: { calls, answered, icmp: icmpEvidence(whole) },
  })
}

function describeRest(trace: TraceFacts, rest: readonly Group[]): Finding {
  return finding(text, trace, {
    severity: rest.some(({ isLost }) => isLost) ? 'error' : 'warning',
    detail: `${rest.length} more hosts, ports or reasons of this kind.`,
    at: rest.slice(0, FRAMES).map(({ run }) => run.first),
    evidence: { more: rest.length },
  })
}

function outcomeText({ calls, answered, isLost }: Group): string {
  if (calls === 0) return ` REGISTER goes there${isLost ? '' : ', and at other times answers came'}.`
  const outcome = answered === 0 ? 'not answered' : answered === calls ? 'answered all the same' : undefined
  if (calls === 1) return ` A call was on its way then, and ${outcome}.`
  return ` ${calls} calls were on their way then, and ${outcome ?? `${answered} of them answered all the same`}.`
}
