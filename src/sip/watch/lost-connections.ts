import { type Endpoint, formatEndpoint } from '../../bytes/endpoint.ts'
import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { Growing } from '../../bytes/growing.ts'
import { keptIn } from '../../bytes/kept-in.ts'
import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import { TcpFlag } from '../../net/datagram.ts'
import { flowName } from '../../net/icmp-log.ts'
import type { LostConnections } from './connection-facts.ts'
import type { EndOf } from './end-of.ts'
import { FRAMES } from './facts.ts'
import { Recent } from './recent.ts'
import type { SipServers } from './sip-servers.ts'

const MOST_OPEN = LIMITS.openConnections.most
const MOST_WAYS = LIMITS.lostConnectionPairs.most
/** The same octets sooner are a copy on another interface: a retransmission waits for 200 ms at least on any stack (RFC 6298 §2.4). */
const COPY_US = 100_000
/** So often and over so long the same octets are sent to nobody: the timeout doubles each time (RFC 6298 §5.5). */
const LEAST_TIMES = 4
const LEAST_US = 3_000_000
/** The capture has to go on for so long behind the first of them. */
const SILENT_US = 6_000_000
/** A connection that was idle for so long may have been forgotten by what keeps state on the way (RFC 5382 §5, RFC 5626 §4.4.1). */
const IDLE_US = 30_000_000
/** What answers at once. */
const AT_ONCE_US = 3_000_000
/** One octet may be a keep-alive or a probe of a window that is closed (RFC 9293 §3.8.4, §3.8.6.1). */
const LEAST_OCTETS = 2
/** How often the sides took turns to speak: a TLS handshake takes four, and one that fails is told as such. */
const LEAST_TURNS = 5

interface Segment {
  readonly flags: number
  readonly sequence: number
  /** Of payload, on the wire. */
  readonly octets: number
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly at: FrameRef
}

/** Octets that a side sent last, and that no word has answered yet. */
interface Unanswered {
  readonly fromClient: boolean
  readonly sequence: number
  readonly octets: number
  readonly firstAt: FrameRef
  lastAt: FrameRef
  times: number
  /** How long the connection had been silent before its sender began to speak in vain. */
  readonly idleUs: number
}

/** A connection on which somebody has spoken. */
interface Open {
  readonly client: Endpoint
  readonly server: Endpoint
  turns: number
  /** Who spoke last. */
  clientSpoke?: boolean
  lastAt: FrameRef
  unanswered?: Unanswered | undefined
}

/** By who spoke to whom in vain. */
type Way = Growing<LostConnections>

/**
 * TCP connections to ports of SIP that were in use and die without a word: the same octets again and again and no word that comes
 * back, or a RST for the first words after a long silence. It needs no key: all of it shows by the headers of TCP. Segments
 * that only acknowledge are not looked at: who sends the same octets with timeouts that double has heard of none.
 */
export class LostConnectionsWatch {
  readonly #open = new Recent<Open>(MOST_OPEN)
  readonly #ways = new Map<string, Way>()
  readonly #servers: SipServers
  readonly #onLimit: OnLimit

  constructor(servers: SipServers, onLimit: OnLimit) {
    this.#servers = servers
    this.#onLimit = onLimit
  }

  segment({ flags, sequence, octets, source, destination, at }: Segment): void {
    const toServer = this.#servers.has(destination)
    const fromServer = this.#servers.has(source)
    if (!toServer && !fromServer) return
    // Where both ends have such a port it is all the same who counts as the client.
    const fromClient = toServer && (!fromServer || formatEndpoint(source) < formatEndpoint(destination))
    const [client, server] = fromClient ? [source, destination] : [destination, source]
    const name = flowName(client, server)
    const known = this.#open.get(name)
    if (known === undefined) {
      if (octets < LEAST_OCTETS) return
      const begun: Open = { client, server, turns: 0, lastAt: at }
      this.#begin(name, begun, at)
      spoke(begun, fromClient, sequence, octets, at)
      return
    }
    if ((flags & TcpFlag.Syn) !== 0 && (flags & TcpFlag.Ack) === 0) {
      this.#end(name, known, at.timeUs)
      return
    }
    if ((flags & TcpFlag.Rst) !== 0) {
      this.#reset(name, known, fromClient, at)
      return
    }
    // Whatever comes back shows that the octets may have arrived.
    if (known.unanswered?.fromClient === !fromClient) known.unanswered = undefined
    if (octets >= LEAST_OCTETS) spoke(known, fromClient, sequence, octets, at)
    known.lastAt = at
    // Nobody has a call to lose behind a FIN: what TLS says before it, or into a connection that is closed, may go unheard.
    if ((flags & TcpFlag.Fin) !== 0) this.#end(name, known, at.timeUs)
  }

  /** @param endOf until when each capture goes on */
  lost(endOf: EndOf): readonly LostConnections[] {
    const ways = new Map([...this.#ways].map(([name, way]) => [name, { ...way, at: [...way.at] }]))
    for (const open of this.#open.values()) {
      const { unanswered } = open
      if (unanswered === undefined) continue
      if (!isSilent(open, unanswered, endOf(unanswered.firstAt.capture))) continue
      const way = this.#way(ways, open, unanswered, Number.POSITIVE_INFINITY)
      if (way !== undefined) count(way, 'silent', unanswered)
    }
    return [...ways.values()].map(({ at, ...way }) => ({ ...way, at: at.sort((a, b) => a.position - b.position) }))
  }

  #begin(name: string, open: Open, at: FrameRef): void {
    const gone = this.#open.set(name, open)
    if (gone === undefined) return
    this.#judge(gone, at.timeUs)
    this.#onLimit('openConnections', at)
  }

  #reset(name: string, open: Open, fromClient: boolean, at: FrameRef): void {
    const { unanswered, turns } = open
    const isAnswer =
      unanswered !== undefined && unanswered.fromClient !== fromClient && unanswered.lastAt.capture === at.capture
    if (
      isAnswer &&
      turns >= LEAST_TURNS &&
      unanswered.idleUs >= IDLE_US &&
      at.timeUs - unanswered.lastAt.timeUs < AT_ONCE_US
    ) {
      const way = this.#keptWay(open, unanswered)
      if (way !== undefined) count(way, 'reset', unanswered, at)
      this.#open.delete(name)
    } else this.#end(name, open, at.timeUs)
  }

  #end(name: string, open: Open, untilUs: number): void {
    this.#open.delete(name)
    this.#judge(open, untilUs)
  }

  #judge(open: Open, untilUs: number): void {
    const { unanswered } = open
    if (unanswered === undefined || !isSilent(open, unanswered, untilUs)) return
    const way = this.#keptWay(open, unanswered)
    if (way !== undefined) count(way, 'silent', unanswered)
  }

  #keptWay(open: Open, unanswered: Unanswered): Way | undefined {
    const way = this.#way(this.#ways, open, unanswered, MOST_WAYS)
    if (way === undefined) this.#onLimit('lostConnectionPairs', unanswered.firstAt)
    return way
  }

  #way(ways: Map<string, Way>, open: Open, unanswered: Unanswered, most: number): Way | undefined {
    const [from, to] = directionOf(open, unanswered)
    return keptIn(ways, `${this.#nameOf(from)} > ${this.#nameOf(to)}`, most, () => ({
      source: from.address,
      destination: to.address,
      port: this.#servers.has(to) ? to.port : undefined,
      silent: 0,
      reset: 0,
      longest: { times: 0, spanUs: 0, idleUs: 0, octets: 0 },
      at: [],
    }))
  }

  /** The port of a client is of one connection; one of SIP is that of a server, at either end. */
  #nameOf(end: Endpoint): string {
    return this.#servers.has(end) ? formatEndpoint(end) : end.address
  }
}

/** Who spoke in vain, and to whom. */
function directionOf({ client, server }: Open, { fromClient }: Unanswered): readonly [from: Endpoint, to: Endpoint] {
  return fromClient ? [client, server] : [server, client]
}

function spoke(open: Open, fromClient: boolean, sequence: number, octets: number, at: FrameRef): void {
  const { unanswered } = open
  if (open.clientSpoke !== fromClient) {
    open.clientSpoke = fromClient
    open.turns++
  }
  // What is sent again is the first that is not acknowledged (RFC 6298 §5.4): other octets show that it was, or stand behind it.
  if (unanswered?.sequence !== sequence || unanswered.fromClient !== fromClient) {
    const idleUs = unanswered?.fromClient === fromClient ? unanswered.idleUs : idleBefore(open, at)
    open.unanswered = { fromClient, sequence, octets, firstAt: at, lastAt: at, times: 1, idleUs }
  } else if (unanswered.lastAt.capture === at.capture && at.timeUs - unanswered.lastAt.timeUs >= COPY_US) {
    unanswered.times++
    unanswered.lastAt = at
  }
}

/** What went on between two captures nobody knows. */
function idleBefore({ lastAt }: Open, at: FrameRef): number {
  return at.capture === lastAt.capture ? at.timeUs - lastAt.timeUs : 0
}

function isSilent({ turns }: Open, { times, firstAt, lastAt }: Unanswered, untilUs: number): boolean {
  return (
    turns >= LEAST_TURNS &&
    times >= LEAST_TIMES &&
    lastAt.timeUs - firstAt.timeUs >= LEAST_US &&
    untilUs - firstAt.timeUs >= SILENT_US
  )
}

function count(way: Way, how: 'silent' | 'reset', unanswered: Unanswered, at?: FrameRef): void {
  const { times, firstAt, lastAt, idleUs, octets } = unanswered
  way[how]++
  const spanUs = lastAt.timeUs - firstAt.timeUs
  if (times > way.longest.times || (times === way.longest.times && idleUs > way.longest.idleUs))
    way.longest = { times, spanUs, idleUs, octets }
  for (const frame of [firstAt, at ?? lastAt]) if (way.at.length < FRAMES && way.at.at(-1) !== frame) way.at.push(frame)
}
