import { formatEndpoint } from '../../bytes/endpoint.ts'
import { byPosition, type FrameRef } from '../../bytes/frame-ref.ts'
import type { IcmpErrorRun } from '../../model/icmp-errors.ts'
import { formatClock } from '../../model/time.ts'
import type { RequestKind, UnansweredRequests } from '../../sip/watch/facts.ts'
import { icmpEvidence, icmpText } from '../icmp-words.ts'
import { FRAMES, type Statement } from '../rule.ts'
import type { SilentPeers } from './silent-peers.ts'

/** Silent peers of one host; more are told of as one. */
export const FEW = 5

interface Words {
  readonly title: string
  readonly remedy?: string
}

const WITHIN =
  'Look where the request was sent: to the Contact of the other side, or along its Record-Route. Check that this can be ' +
  'reached from here, and that its connection is still open; switch SIP ALG off.'

const WORDS: Readonly<Record<RequestKind, Words>> = {
  invite: { title: 'INVITE is not answered' },
  'in-dialog': { title: 'Requests within a call are not answered', remedy: WITHIN },
  bye: { title: 'BYE is not answered', remedy: WITHIN },
  register: { title: 'REGISTER is not answered' },
  options: {
    title: 'OPTIONS is not answered',
    remedy:
      'Check that the peer listens there and answers OPTIONS (any response will do), and that firewalls and access lists on both ' +
      'sides let SIP through both ways. As long as it does not, many SBCs and providers send no calls there.',
  },
  other: { title: 'Requests are not answered' },
}

/** Kinds that belong to a call. */
const OF_CALLS: ReadonlySet<RequestKind> = new Set(['invite', 'bye', 'in-dialog'])

/** What one host leaves unanswered of another. @param refusal the ICMP errors that say why */
export function ofPeer(one: UnansweredRequests, peers: SilentPeers, refusal: IcmpErrorRun | undefined): Statement {
  const { kind, transport, source, destination, port, methods, requests, transmissions, lostCalls, at } = one
  const target = port === undefined ? destination : formatEndpoint({ address: destination, port })
  const heardAt = peers.heardAt(one)
  const what = requestsText(requests, methods)
  return {
    kind,
    severity: lostCalls > 0 && peers.isCertain(one) ? 'error' : 'warning',
    ...WORDS[kind],
    detail:
      (peers.isCertain(one)
        ? `${target} did not answer ${what} of ${source}`
        : `No answer of ${target} to ${what} of ${source} is seen`) +
      ` over ${transport.toUpperCase()}${timesOf(one)}.` +
      `${whenOf(one)}${heardOf(one, peers)}${peers.isCertain(one) ? lostOf(one) : ''}${refusal === undefined ? '' : ` ICMP says why: ${icmpText(refusal)}.`}`,
    callId: !one.severalCalls && OF_CALLS.has(kind) ? one.callId : undefined,
    at: [...at].sort(byPosition),
    evidence: {
      source,
      destination: target,
      transport,
      methods,
      requests,
      ...(transport === 'udp' && { transmissions }),
      ...(kind === 'invite' && { lostCalls }),
      ...(heardAt !== undefined && isOfOne(heardAt, one.firstAt) && { heardLastFrame: heardAt.frame }),
      ...(refusal !== undefined && { icmp: icmpEvidence(refusal) }),
    },
  }
}

/** `the INVITE`, `3 requests (OPTIONS, REGISTER)`: methods that nobody knows are not repeated. */
export function requestsText(requests: number, methods: readonly string[]): string {
  if (requests === 1) return `the ${methods[0] ?? 'request'}`
  return `${requests} requests${methods.length === 0 ? '' : ` (${methods.join(', ')})`}`
}

function timesOf({ transport, requests, longest: { transmissions, spanUs } }: UnansweredRequests): string {
  if (transport !== 'udp' || transmissions === 1) return ''
  return `, sent ${requests === 1 ? '' : 'up to '}${transmissions} times within ${(spanUs / 1e6).toFixed(1)} s`
}

function whenOf({ requests, firstAt, lastAt }: UnansweredRequests): string {
  return requests === 1
    ? ''
    : ` The first was sent at ${formatClock(firstAt.timeUs)}, the last at ${formatClock(lastAt.timeUs)}.`
}

function heardOf(one: UnansweredRequests, peers: SilentPeers): string {
  const { source, destination, firstAt, lastAt } = one
  const heardAt = peers.heardAt(one)
  if (heardAt === undefined) {
    const none = ` The capture has no SIP message of ${destination} to ${source}`
    return peers.isCertain(one) ? `${none}.` : `${none}: a capture of one direction looks the same.`
  }
  const when = `${formatClock(heardAt.timeUs)}${isOfOne(heardAt, firstAt) ? `, frame ${heardAt.frame}` : ''}`
  if (heardAt.position < firstAt.position)
    return ` The last message of ${destination} to ${source} is of ${when}; it has been silent since.`
  return heardAt.position > lastAt.position
    ? ` ${destination} sends other messages to ${source}, the last at ${when}.`
    : ` ${destination} sent other messages to ${source} meanwhile, the last at ${when}.`
}

/** Frames of another capture than that of the finding have numbers that would mislead. */
function isOfOne(a: FrameRef, b: FrameRef): boolean {
  return a.capture === b.capture
}

function lostOf({ requests, lostCalls }: UnansweredRequests): string {
  if (lostCalls === 0) return ''
  return requests === 1 ? ' Nobody else answered the call.' : ` ${unanswered(lostCalls)}`
}

function unanswered(calls: number): string {
  return calls === 1 ? '1 call was answered by nobody else.' : `${calls} calls were answered by nobody else.`
}

/** That many hosts leave requests of one unanswered. */
export function ofPeers(some: readonly UnansweredRequests[]): Statement {
  const [{ kind, source }] = some
  const { requests, methods, hosts, at } = together(some)
  const lostCalls = some.reduce((sum, one) => sum + one.lostCalls, 0)
  return {
    kind,
    severity: lostCalls > 0 ? 'error' : 'warning',
    ...WORDS[kind],
    detail:
      `${hosts.length} hosts did not answer ${requestsText(requests, methods)} of ${source}: ${hosts.slice(0, FEW).join(', ')}, ….` +
      (lostCalls > 0 ? ` ${unanswered(lostCalls)}` : ''),
    at,
    evidence: { source, hosts: hosts.slice(0, FRAMES), methods, requests, ...(kind === 'invite' && { lostCalls }) },
  }
}

/** That no answer is seen between many hosts, which may be the capture's doing. */
export function ofOneDirection(some: readonly UnansweredRequests[]): Statement {
  const { requests, methods, hosts, at } = together(some)
  return {
    severity: 'warning',
    title: 'The capture shows no answers',
    detail:
      `No answers to ${requestsText(requests, methods)} are seen that were sent to ${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'} ` +
      `(${hosts.slice(0, FEW).join(', ')}${hosts.length > FEW ? ', …' : ''}), nor any other SIP message back: ` +
      'they are silent, or only one direction was captured.',
    remedy: 'Capture both directions; where that was done, check that these hosts can be reached and reach back.',
    at,
    evidence: { hosts: hosts.slice(0, FRAMES), methods, requests },
  }
}

function together(some: readonly UnansweredRequests[]) {
  return {
    requests: some.reduce((sum, one) => sum + one.requests, 0),
    methods: [...new Set(some.flatMap(({ methods }) => methods))],
    hosts: [...new Set(some.map(({ destination }) => destination))],
    at: some.flatMap(({ at }) => at.slice(0, 1)).sort(byPosition),
  }
}
