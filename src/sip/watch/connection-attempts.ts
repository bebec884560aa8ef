import { type Endpoint, formatEndpoint } from '../../bytes/endpoint.ts'
import type { FrameRef } from '../../bytes/frame-ref.ts'
import { keptIn } from '../../bytes/kept-in.ts'
import { LIMITS, type OnLimit } from '../../limits/limits.ts'
import { TcpFlag } from '../../net/datagram.ts'
import { flowName } from '../../net/icmp-log.ts'
import type { FailedConnections } from './connection-facts.ts'
import type { EndOf } from './end-of.ts'
import { FRAMES } from './facts.ts'
import { Recent } from './recent.ts'

const MOST_WAYS = LIMITS.connectionPairs.most
const MOST_OPEN = LIMITS.connectionAttempts.most
/** A SYN that comes again sooner is the same one on another interface: the first timeout is a second (RFC 6298 §2.1), or half of it. */
const COPY_US = 400_000
/** So long a silence, and a second SYN: no way is as long. One SYN alone may have been a probe. */
const SILENT_US = 3_000_000
const LEAST_SYNS = 2

/** One try to connect, from one port. */
interface Attempt {
  readonly way: Way
  readonly firstAt: FrameRef
  lastAt: FrameRef
  syns: number
}

/** From one host to a port of another. */
interface Way {
  readonly source: string
  readonly destination: Endpoint
  made: number
  refused: number
  unanswered: number
  unsure: number
  longest?: Attempt
  at: FrameRef[]
}

/**
 * Who asks whom for a TCP connection to certain ports, and what becomes of it: a trunk over TLS whose connection is not
 * made shows no message at all. Nothing is kept of connections but how many were made.
 */
export class ConnectionAttempts {
  readonly #ways = new Map<string, Way>()
  /** Those that wait for an answer, by who asks from which port, and whom; most segments meet none. */
  readonly #open = new Recent<Attempt>(MOST_OPEN)
  readonly #isWatched: (server: Endpoint) => boolean
  readonly #onLimit: OnLimit

  constructor(isWatched: (server: Endpoint) => boolean, onLimit: OnLimit) {
    this.#isWatched = isWatched
    this.#onLimit = onLimit
  }

  segment(flags: number, source: Endpoint, destination: Endpoint, at: FrameRef): void {
    if ((flags & (TcpFlag.Syn | TcpFlag.Ack)) === TcpFlag.Syn) {
      if (this.#isWatched(destination)) this.#ask(source, destination, at)
      return
    }
    if (this.#open.size === 0) return
    const isRefusal = (flags & TcpFlag.Rst) !== 0
    if (this.#isWatched(source)) this.#answer(destination, source, isRefusal, at)
    // Who goes on has heard an answer, though it took a way past the capture.
    if (this.#isWatched(destination) && !isRefusal) this.#answer(source, destination, false, at)
  }

  /** @param endOf until when each capture goes on */
  failed(endOf: EndOf): readonly FailedConnections[] {
    const ways = new Map([...this.#ways.values()].map((way) => [way, { ...way, at: [...way.at] }]))
    for (const attempt of this.#open.values())
      countOpen(ways.get(attempt.way) as Way, attempt, endOf(attempt.firstAt.capture))
    return [...ways.values()].flatMap((way) => (way.refused + way.unanswered + way.unsure === 0 ? [] : [factsOf(way)]))
  }

  #ask(source: Endpoint, destination: Endpoint, at: FrameRef): void {
    const name = flowName(source, destination)
    const known = this.#open.get(name)
    if (known === undefined) {
      const way = this.#way(source.address, destination, at)
      if (way === undefined) return
      const gone = this.#open.set(name, { way, firstAt: at, lastAt: at, syns: 1 })
      if (gone !== undefined && !countOpen(gone.way, gone, at.timeUs)) this.#onLimit('connectionAttempts', at)
    } else if (known.lastAt.capture === at.capture && at.timeUs - known.lastAt.timeUs >= COPY_US) {
      known.syns++
      known.lastAt = at
    }
  }

  #answer(client: Endpoint, server: Endpoint, isRefusal: boolean, at: FrameRef): void {
    const name = flowName(client, server)
    const attempt = this.#open.get(name)
    if (attempt === undefined) return
    this.#open.delete(name)
    const { way, firstAt } = attempt
    if (isRefusal) {
      way.refused++
      addFrames(way, firstAt, at)
    } else way.made++
  }

  #way(source: string, destination: Endpoint, at: FrameRef): Way | undefined {
    const name = `${source} ${formatEndpoint(destination)}`
    const none = () => ({ source, destination, made: 0, refused: 0, unanswered: 0, unsure: 0, at: [] })
    const way = keptIn(this.#ways, name, MOST_WAYS, none)
    if (way === undefined) this.#onLimit('connectionPairs', at)
    return way
  }
}

/** @returns false where it may still be answered, or was a probe */
function countOpen(way: Way, attempt: Attempt, untilUs: number): boolean {
  const { firstAt, lastAt, syns } = attempt
  addFrames(way, firstAt, lastAt)
  if (syns < LEAST_SYNS || untilUs - firstAt.timeUs < SILENT_US) {
    way.unsure++
    return false
  }
  way.unanswered++
  if (way.longest === undefined || syns > way.longest.syns) way.longest = attempt
  return true
}

function addFrames({ at }: Way, ...frames: readonly FrameRef[]): void {
  for (const frame of frames) if (at.length < FRAMES && at.at(-1) !== frame) at.push(frame)
}

function factsOf({ source, destination, longest, at, ...counts }: Way): FailedConnections {
  return {
    source,
    destination: destination.address,
    port: destination.port,
    made: counts.made,
    refused: counts.refused,
    unanswered: counts.unanswered,
    unsure: counts.unsure,
    ...(longest !== undefined && {
      longest: { syns: longest.syns, spanUs: longest.lastAt.timeUs - longest.firstAt.timeUs },
    }),
    at: at.sort((a, b) => a.position - b.position),
  }
}
