import { formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS } from '../limits/limits.ts'
import { Connection, type TcpConsumerFactory, type TcpSegment } from './tcp-connection.ts'
import type { OctetBudget } from './tcp-reassembly.ts'

/** How often connections that have gone silent are looked at for holes that nothing will fill. */
const SWEEP_US = 10_000_000

export interface TcpFacts {
  readonly connections: number
  /** Connections given up alive, for want of room. */
  readonly evicted: number
  /** Places where octets are missing inside a stream. */
  readonly gaps: number
}

/**
 * The octet streams of all TCP connections of a trace. Data is delivered with the frame that made it deliverable; what
 * lies behind a hole that was given up, with the frames it came in, which may be earlier than others delivered before.
 */
export class TcpStreams {
  /** In order of the last segment, the longest silent first. */
  private readonly connections = new Map<string, Connection>()
  private readonly budget: OctetBudget = { octets: 0 }
  private sweptUs = 0
  private unswept = 0
  private readonly counts = { connections: 0, evicted: 0, gaps: 0 }
  private readonly newConsumer: TcpConsumerFactory
  private readonly maxConnections: number

  constructor(newConsumer: TcpConsumerFactory, maxConnections: number = LIMITS.tcpConnections.most) {
    this.newConsumer = newConsumer
    this.maxConnections = maxConnections
  }

  get facts(): TcpFacts {
    return { ...this.counts }
  }

  take(segment: TcpSegment): void {
    const source = formatEndpoint(segment.source)
    const destination = formatEndpoint(segment.destination)
    const key = source < destination ? `${source} ${destination}` : `${destination} ${source}`
    let connection = this.connections.get(key)
    if (connection === undefined || !connection.owns(segment)) {
      connection?.end(segment.at, 'replaced')
      connection = this.open(segment)
    }
    this.connections.delete(key)
    this.connections.set(key, connection)
    connection.take(segment)
    if (this.connections.size > this.maxConnections) this.evict(segment.at)
    this.unswept++
    if (Math.abs(segment.at.timeUs - this.sweptUs) > SWEEP_US) this.sweep(segment.at)
  }

  /** The trace has ended: delivers what lies behind holes, and ends every direction. */
  flush(): void {
    for (const connection of this.connections.values()) connection.end(connection.lastAt, 'end-of-trace')
    this.connections.clear()
  }

  private open(segment: TcpSegment): Connection {
    this.counts.connections++
    return new Connection(segment, this.newConsumer, this.budget, this.counts)
  }

  private sweep(at: FrameRef): void {
    // Clocks that jump must not make every segment walk the table.
    if (this.unswept * 16 < this.connections.size) return
    this.sweptUs = at.timeUs
    this.unswept = 0
    for (const connection of this.connections.values()) connection.shed(at)
  }

  private evict(at: FrameRef): void {
    const [[key, connection]] = this.connections
    this.connections.delete(key)
    if (connection.alive) this.counts.evicted++
    connection.end(at, 'evicted')
  }
}
