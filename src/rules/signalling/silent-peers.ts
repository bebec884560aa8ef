import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { TraceFacts } from '../../model/analysis.ts'
import type { Policy } from '../../policy/policy.ts'
import type { UnansweredRequests } from '../../sip/watch/facts.ts'
import { FEW } from '../../sip/watch/open-request.ts'
import { USUAL_LIMIT } from './invite-flood.ts'
import { Networks } from './networks.ts'
import { isSweep } from './sip-scanner.ts'

/**
 * A sender that sends again so often has no answer, whichever directions were captured (RFC 3261 §17.1): until 64*T1, 32 s, and
 * what timers are late by. What goes on for longer is a monitor that asks with the same message each time.
 */
const PROVING = 6
const PROVING_US = 36_000_000

/** Tells peers that are silent from strangers whom nobody answers, and from answers that the capture does not show. */
export class SilentPeers {
  readonly #peersBeyond: boolean
  readonly #unwanted: ReadonlySet<string>
  readonly #wanted: Networks | undefined
  /** Who was sent SIP by anybody, and who sent SIP to anybody. */
  readonly #addressed: ReadonlySet<string>
  readonly #speaking: ReadonlySet<string>
  /** Who was asked for anything, by whom; and who takes part in that at all, with whom. */
  readonly #asked: ReadonlySet<string>
  readonly #partners = new Map<string, Set<string>>()
  readonly #lastAt: ReadonlyMap<string, FrameRef>
  readonly #unreadTls: ReadonlySet<string>
  readonly #fragmentsLost: number

  constructor(trace: TraceFacts, { strangersDropped, networks, sip }: Policy) {
    const { scanners, sources, responses, peers, peersBeyond } = trace.signalling
    const flood = sip?.invitesPerSecond ?? USUAL_LIMIT
    const attackers = sources.filter((source) => source.peak > flood || isSweep(source, responses))
    const allowed = networks?.signalling ?? networks?.media
    this.#wanted = strangersDropped === true && allowed !== undefined ? new Networks(allowed) : undefined
    this.#unwanted = new Set([...scanners, ...attackers].map(({ address }) => address))
    this.#peersBeyond = peersBeyond > 0
    this.#addressed = new Set(peers.map(({ destination }) => destination))
    this.#speaking = new Set(peers.map(({ source }) => source))
    const asking = peers.filter(({ requests }) => requests > 0)
    this.#asked = new Set(asking.map(({ destination }) => destination))
    for (const { source, destination } of asking) {
      partnersOf(this.#partners, source).add(destination)
      partnersOf(this.#partners, destination).add(source)
    }
    this.#lastAt = new Map(peers.map(({ source, destination, lastAt }) => [`${source} ${destination}`, lastAt]))
    this.#unreadTls = new Set(
      trace.tls
        .filter(({ lost, spoke, read }) => lost || (spoke.length > 0 && read !== true))
        .flatMap(({ client: { address: a }, server: { address: b } }) => [`${a} ${b}`, `${b} ${a}`]),
    )
    this.#fragmentsLost = trace.anomalies
      .filter(({ layer, reason }) => layer === 'net' && /^fragments-|^datagrams-in-too-many/.test(reason))
      .reduce((sum, { count }) => sum + count, 0)
  }

  has(one: UnansweredRequests): boolean {
    const { source, destination, transport, transmissions } = one
    if (this.isUnwanted(source)) return false
    // Beyond the hosts that are kept nobody knows who was heard.
    if (this.#peersBeyond && !this.isCertain(one)) return false
    if (this.isStranger(source, destination)) return false
    // An answer that is fragmented, and lost with a fragment, is lost once for each time that it is sent.
    if (transport === 'udp') return transmissions >= FEW && transmissions > this.#fragmentsLost
    return !this.#unreadTls.has(`${source} ${destination}`)
  }

  /** Scanners, floods, and strangers whom a policy wants to be dropped. */
  isUnwanted(address: string): boolean {
    return this.#unwanted.has(address) || this.#wanted?.has(address) === false
  }

  /** Whom nobody answers, though its receiver speaks with others, was dropped: as strangers should be. */
  isStranger(source: string, destination: string): boolean {
    return !this.#addressed.has(source) && this.#speaking.has(destination)
  }

  /** Of whom nobody wants anything, at a host that has to do with others: whoever finds a public address may call there. */
  isUninvited(source: string, destination: string): boolean {
    if (this.#peersBeyond || this.#asked.has(source) || this.#wanted?.has(source) === true) return false
    return (this.#partners.get(source)?.size ?? 0) <= 1 && (this.#partners.get(destination)?.size ?? 0) > 1
  }

  /** Whether anybody sent SIP to this host, or a policy names it. */
  isKnown(address: string): boolean {
    return this.#addressed.has(address) || this.#wanted?.has(address) === true
  }

  /** The last message of the receiver to the sender. */
  heardAt({ source, destination }: UnansweredRequests): FrameRef | undefined {
    return this.#lastAt.get(`${destination} ${source}`)
  }

  /** Whether an answer would have been seen, or would have kept the sender from sending again. */
  isCertain(one: UnansweredRequests): boolean {
    return isProven(one) || this.heardAt(one) !== undefined
  }
}

function partnersOf(partners: Map<string, Set<string>>, address: string): Set<string> {
  const known = partners.get(address) ?? new Set()
  partners.set(address, known)
  return known
}

function isProven({ transport, longest }: UnansweredRequests): boolean {
  return transport === 'udp' && longest.transmissions >= PROVING && longest.spanUs <= PROVING_US
}
