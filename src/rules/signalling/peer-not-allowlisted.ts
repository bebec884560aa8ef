import { formatEndpoint } from '../../bytes/endpoint.ts'
import { byPosition, type FrameRef } from '../../bytes/frame-ref.ts'
import type { TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import { listed, MOST_LISTED } from '../listed.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'
import { Networks } from './networks.ts'

const text: RuleText = {
  id: 'peer-not-allowlisted',
  severity: 'error',
  title: 'A peer is outside the networks of the policy',
  meaning:
    'Under a policy that lists the networks of signalling or of media: SIP or RTP went to or came from an address in none ' +
    'of them. Whoever it is got past the firewall, or a peer has moved.',
  shows:
    'Addresses in the headers of IP packets that carry SIP, RTP or RTCP. Each is told once, whichever way it went.',
  causes: [
    'a firewall or an access list of the SBC that lets anyone in',
    'a provider that added networks, or whose media comes from others than its signalling',
    "the policy does not list the own side's networks, or has a typing error in a network",
    'an attacker, or a phone on the Internet that reaches the SBC directly',
  ],
  remedy:
    'Where the peer is wanted, add its network to the policy and to the access lists; otherwise drop its packets at the ' +
    "firewall. List your own side's addresses too: the statement is about both ends.",
  references: ['RFC 3261 §26.1', 'RFC 5853 §3.1'],
  kinds: ['signalling', 'media'],
}

/** What is known of one address outside. */
interface Outsider {
  readonly address: string
  readonly others: Set<string>
  readonly at: FrameRef[]
  messages: number
  streamId?: string
}

export const peerNotAllowlisted = defineRule(text, (trace, { networks: { signalling, media } = {} }) => ({
  end: () => [
    ...(signalling === undefined ? [] : describe(trace, 'signalling', ofSignalling(trace, new Networks(signalling)))),
    ...(media === undefined ? [] : describe(trace, 'media', ofMedia(trace, new Networks(media)))),
  ],
}))

function ofSignalling({ signalling: { peers } }: TraceFacts, allowed: Networks): Outsider[] {
  const found = new Map<string, Outsider>()
  for (const { source, destination, requests, responses, at } of peers) {
    for (const [address, other] of [
      [source, destination],
      [destination, source],
    ]) {
      if (allowed.has(address)) continue
      const outsider = outsiderOf(found, address)
      outsider.messages += requests + responses
      outsider.others.add(other)
      outsider.at.push(...at)
    }
  }
  return [...found.values()]
}

function ofMedia({ streams }: TraceFacts, allowed: Networks): Outsider[] {
  const found = new Map<string, Outsider>()
  for (const { source, destination, report, firstAt } of streams) {
    for (const [end, other] of [
      [source, destination],
      [destination, source],
    ]) {
      if (allowed.has(end.address)) continue
      const outsider = outsiderOf(found, end.address)
      outsider.messages += report.packets
      outsider.others.add(formatEndpoint(other))
      outsider.at.push(firstAt)
      outsider.streamId ??= report.id
    }
  }
  return [...found.values()]
}

function outsiderOf(found: Map<string, Outsider>, address: string): Outsider {
  let outsider = found.get(address)
  if (outsider === undefined) {
    outsider = { address, others: new Set(), at: [], messages: 0 }
    found.set(address, outsider)
  }
  return outsider
}

function describe(trace: TraceFacts, kind: 'signalling' | 'media', outsiders: readonly Outsider[]): Finding[] {
  const what = kind === 'signalling' ? 'SIP messages' : 'RTP and RTCP packets'
  const describeOne = ({ address, others, at, messages, streamId }: Outsider) => {
    const peers = [...others]
    return finding(text, trace, {
      kind,
      detail: `${messages} ${what} between ${address}, which is in none of the ${kind} networks, and ${listed(peers)}.`,
      streamId,
      at: at.sort(byPosition),
      evidence: {
        address,
        peers: peers.slice(0, MOST_LISTED),
        [kind === 'signalling' ? 'messages' : 'packets']: messages,
      },
    })
  }
  const beyond = kind === 'signalling' ? trace.signalling.peersBeyond : 0
  const unread = beyond === 0 ? '' : `; ${beyond} SIP messages between further pairs of addresses were not looked at`
  return summedUp(outsiders, describeOne, (rest) =>
    finding(text, trace, {
      kind,
      detail: `${rest.length} more addresses are in none of the ${kind} networks${unread}.`,
      at: rest.map(({ at: [first] }) => first),
      evidence: { addresses: rest.length },
    }),
  )
}
