import { byPosition, type FrameRef } from '../../bytes/frame-ref.ts'
import type { TraceFacts } from '../../model/analysis.ts'
import type { Policy } from '../../policy/policy.ts'
import { listed } from '../listed.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'
import { Networks } from './networks.ts'

const text: RuleText = {
  id: 'stranger-answered',
  severity: 'warning',
  title: 'A stranger gets an answer',
  meaning:
    'Under a policy by which strangers are dropped in silence: a host outside its networks got a SIP response, a TCP ' +
    'connection or a reset. Any of them, a 403 too, tells a scanner that there is a SIP server, and brings it back.',
  shows: 'SIP responses, SYN-ACKs and RSTs from a SIP port to an address that is in none of the networks.',
  causes: [
    'an SBC that refuses strangers (403, 405, 488) where it can also drop them',
    'port 5060 or 5061 open in the firewall, and the check left to the SIP application',
    'a firewall rule that rejects instead of dropping (RST)',
    "a peer, or the own side, whose network the policy's list lacks",
  ],
  remedy:
    'Drop packets of unknown sources at the firewall, before they reach SIP, and set the SBC to discard requests of ' +
    'unknown peers without a response. Where the stranger is a peer, add its network to the policy.',
  references: ['RFC 3261 §26.1.5', 'RFC 9293 §3.5.2'],
}

/** Ports of SIP (RFC 3261 §19.1.2): connections to others may be anything. */
const SIP_PORTS = [5060, 5061]

interface Stranger {
  readonly address: string
  readonly answers: Map<string, number>
  readonly by: Set<string>
  readonly at: FrameRef[]
}

type Answers = Pick<TraceFacts['signalling']['tcpAnswers'][number], 'source' | 'destination' | 'count' | 'at'>

export const strangerAnswered = defineRule(text, (trace, policy) => {
  const networks = policy.networks?.signalling ?? policy.networks?.media
  if (policy.strangersDropped !== true || networks === undefined) return {}
  return {
    end: () => {
      const describe = ({ address, answers, by, at }: Stranger) => {
        const counts = [...answers].map(([what, count]) => `${count} ${what}${count === 1 ? '' : 's'}`)
        return finding(text, trace, {
          detail: `${address}, which is in none of the networks, got ${counts.join(' and ')} from ${listed([...by])}.`,
          at: at.sort(byPosition),
          evidence: { address, answeredBy: [...by].slice(0, 20), answers: Object.fromEntries(answers) },
        })
      }
      return summedUp(strangersOf(trace, policy, new Networks(networks)), describe, (rest) =>
        finding(text, trace, {
          detail: `${rest.length} more addresses in none of the networks got an answer.`,
          at: rest.map(({ at: [first] }) => first),
          evidence: { addresses: rest.length },
        }),
      )
    },
  }
})

function strangersOf(trace: TraceFacts, policy: Policy, networks: Networks): Stranger[] {
  const found = new Map<string, Stranger>()
  const add = (what: string, { count, source, destination, at }: Answers): void => {
    if (networks.has(destination)) return
    let stranger = found.get(destination)
    if (stranger === undefined) {
      stranger = { address: destination, answers: new Map(), by: new Set(), at: [] }
      found.set(destination, stranger)
    }
    stranger.answers.set(what, (stranger.answers.get(what) ?? 0) + count)
    stranger.by.add(source)
    stranger.at.push(...at)
  }
  for (const { source, destination, responses, responsesAt } of trace.signalling.peers) {
    if (responses > 0) add('SIP response', { count: responses, source, destination, at: responsesAt })
  }
  const ports = new Set([...SIP_PORTS, ...(policy.sip?.port === undefined ? [] : [policy.sip.port])])
  for (const answers of trace.signalling.tcpAnswers) if (ports.has(answers.port)) add(answers.kind, answers)
  return [...found.values()]
}
