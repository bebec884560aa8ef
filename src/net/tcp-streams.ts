import { formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { OldestFirst } from '../bytes/oldest-first.ts'
import { ceilingOf, type Dropped, memoryBytes } from '../limits/limits.ts'
import { Connection, type TcpConsumerFactory, type TcpSegment } from './tcp-connection.ts'
import type { HoleBudget } from './tcp-reassembly.ts'

/** How often connections that have gone silent are looked at for holes that nothing will fill. */
const SWEEP_US = 10_000_000

export interface TcpFacts {
  /** Places where octets are missing inside a stream. */
  readonly gaps: number
  /** Connections given up alive, and holes that were not waited for. */
  readonly dropped: Dropped
}

/** Ceilings of all connections together (limits.ts). */
export interface TcpCeilings {
  readonly connections: number
  /** Octets that wait behind holes, and octets that consumers hold. */
  readonly waiting: number
  readonly unfinished: number
}

/** Those under this --max-memory, octets. */
export function tcpCeilings(maxMemoryBytes: number): TcpCeilings {
  return {
    connections: ceilingOf('tcpConnections', maxMemoryBytes),
    waiting: ceilingOf('tcpOctetsWaitingInAll', maxMemoryBytes),
    unfinished: ceilingOf('tcpOctetsUnfinished', maxMemoryBytes),
  }
}

/**
 * The octet streams of all TCP connections of a trace. Data is delivered with the frame that made it deliverable; what
 * lies behind a hole that was given up, with the frames it came in, which may be earlier than others delivered before.
 */
export class TcpStreams {
  /** In order of the last segment, the longest silent first. */
  private readonly connections = new Map<string, Connection>()
  /** Those of them whose consumers hold octets, in the same order, with how many. */
  private readonly holding = new Map<string, number>()
  private held = 0
  private readonly longestSilent = new OldestFirst(this.connections)
  private readonly longestHolding = new OldestFirst(this.holding)
  private readonly budget: HoleBudget
  private sweptUs = 0
  private unswept = 0
  private readonly counts = { gaps: 0 }
  private readonly evicted = { tcpConnections: 0, tcpOctetsUnfinished: 0 }
  private readonly newConsumer: TcpConsumerFactory
  private readonly ceilings: TcpCeilings

  constructor(newConsumer: TcpConsumerFactory, ceilings: TcpCeilings = tcpCeilings(memoryBytes())) {
    this.newConsumer = newConsumer
    this.ceilings = ceilings
    this.budget = {
      octets: 0,
      mostOctets: ceilings.waiting,
      dropped: { tcpSegmentsWaiting: 0, tcpOctetsWaiting: 0, tcpOctetsWaitingInAll: 0, tcpSecondsWaiting: 0 },
    }
  }

  get facts(): TcpFacts {
    return { ...this.counts, dropped: { ...this.evicted, ...this.budget.dropped } }
  }

  take(segment: TcpSegment): void {
    const source = formatEndpoint(segment.source)
    const destination = formatEndpoint(segment.destination)
    const key = source < destination ? `${source} ${destination}` : `${destination} ${source}`
    let connection = this.connections.get(key)
    if (connection === undefined || !connection.owns(segment)) {
      connection?.end(segment.at, 'replaced')
      connection = new Connection(segment, this.newConsumer, this.budget, this.counts)
    }
    this.connections.delete(key)
    this.connections.set(key, connection)
    this.longestSilent.renewed(key)
    connection.take(segment)
    this.hold(key, connection.heldOctets)
    if (this.connections.size > this.ceilings.connections) {
      this.evict(this.longestSilent.take() as string, 'tcpConnections', segment.at)
    }
    while (this.held > this.ceilings.unfinished && this.holding.size > 1) {
      this.evict(this.longestHolding.take() as string, 'tcpOctetsUnfinished', segment.at)
    }
    this.unswept++
    if (Math.abs(segment.at.timeUs - this.sweptUs) > SWEEP_US) this.sweep(segment.at)
  }

  /** The trace has ended: delivers what lies behind holes, and ends every direction. */
  flush(): void {
    for (const connection of this.connections.values()) connection.end(connection.lastAt, 'end-of-trace')
    this.connections.clear()
    this.holding.clear()
    this.held = 0
  }

  private hold(key: string, octets: number): void {
    const before = this.holding.get(key)
    if (before !== undefined) {
      this.held -= before
      this.holding.delete(key)
    }
    if (octets === 0) return
    this.held += octets
    this.holding.set(key, octets)
    this.longestHolding.renewed(key)
  }

  private sweep(at: FrameRef): void {
    // Clocks that jump must not make every segment walk the table.
    if (this.unswept * 16 < this.connections.size) return
    this.sweptUs = at.timeUs
    this.unswept = 0
    for (const connection of this.connections.values()) connection.shed(at)
  }

  private evict(key: string, limit: keyof typeof this.evicted, at: FrameRef): void {
    const connection = this.connections.get(key) as Connection
    this.connections.delete(key)
    this.hold(key, 0)
    if (connection.alive) this.evicted[limit]++
    connection.end(at, 'evicted')
  }
}
