import type { Endpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { TcpFlag } from './datagram.ts'
import { type HoleBudget, TcpReassembly } from './tcp-reassembly.ts'

/** Segments in a row that cannot be of a connection are of another one, whose SYN was not seen. */
const STRAY_SEGMENTS = 4

export interface TcpSegment {
  readonly source: Endpoint
  readonly destination: Endpoint
  /** The sequence number field as sent. */
  readonly sequence: number
  readonly flags: number
  /** The payload as captured; copied where it has to wait. */
  readonly bytes: Uint8Array
  /** Payload octets on the wire: more than `bytes` where the snap length cut the segment. */
  readonly length: number
  readonly at: FrameRef
}

/** Who sent. The client is who sent the SYN; of a connection joined midway, who was seen to send first. */
export type TcpSender = 'client' | 'server'

/** Why a direction ended: `replaced` by a new connection on the same ports, `evicted` for want of room. */
export type TcpEnd = 'fin' | 'reset' | 'replaced' | 'evicted' | 'end-of-trace'

/** What is known of a connection; the facts grow while it lives. */
export interface TcpConnection {
  readonly client: Endpoint
  readonly server: Endpoint
  readonly synSeen: boolean
  readonly synAckSeen: boolean
  /** Segments of both ends were captured, whatever they held. */
  readonly bothSeen: boolean
  /** Who reset it. */
  readonly resetBy?: TcpSender | undefined
  /** The consumer has no use for the rest: nothing more is delivered, nothing kept. */
  ignore(): void
}

/** Receives one connection's octets in order. `bytes` are valid during the call only. */
export interface TcpConsumer {
  /** Octets of memory that what is not whole yet takes. */
  readonly heldOctets?: number
  onData(sender: TcpSender, bytes: Uint8Array, at: FrameRef): void
  /** Octets are missing before those that come next. Also the first word of a direction whose SYN was not seen. */
  onGap(sender: TcpSender, at: FrameRef): void
  onEnd(sender: TcpSender, at: FrameRef, end: TcpEnd): void
}

/** Called at a connection's first segment. Undefined: not of interest. */
export type TcpConsumerFactory = (connection: TcpConnection) => TcpConsumer | undefined

/** A TCP connection: whose segment is whose, and both directions put in order. */
export class Connection implements TcpConnection {
  readonly client: Endpoint
  readonly server: Endpoint
  lastAt: FrameRef
  synSeen = false
  synAckSeen = false
  bothSeen = false
  resetBy: TcpSender | undefined
  private firstFrom: Direction | undefined
  private consumer: TcpConsumer | undefined
  private isIgnored = false
  private readonly directions: Readonly<Record<TcpSender, Direction>>

  constructor(segment: TcpSegment, newConsumer: TcpConsumerFactory, budget: HoleBudget, counts: { gaps: number }) {
    const fromServer = (segment.flags & (TcpFlag.Syn | TcpFlag.Ack)) === (TcpFlag.Syn | TcpFlag.Ack)
    this.client = fromServer ? segment.destination : segment.source
    this.server = fromServer ? segment.source : segment.destination
    this.lastAt = segment.at
    const direction = (sender: TcpSender) => new Direction(sender, () => this.consumer, budget, counts)
    this.directions = { client: direction('client'), server: direction('server') }
    const consumer = newConsumer(this)
    if (consumer === undefined) this.ignore()
    if (!this.isIgnored) this.consumer = consumer
  }

  /** Octets of memory that its consumer holds. */
  get heldOctets(): number {
    return this.consumer?.heldOctets ?? 0
  }

  ignore(): void {
    this.isIgnored = true
    this.consumer = undefined
    this.directions.client.ignore()
    this.directions.server.ignore()
  }

  /** False where the segment opens, or belongs to, another connection between the same ports. */
  owns(segment: TcpSegment): boolean {
    const direction = this.directionOf(segment)
    const peer = direction === this.directions.client ? this.directions.server : this.directions.client
    if ((segment.flags & TcpFlag.Syn) === 0) return direction.owns(segment)
    // A SYN that was sent again has the same sequence number; a new connection chooses another (RFC 9293 §3.4.1).
    return direction.synSequence === segment.sequence || (direction.untouched && peer.untouchedOrOpened)
  }

  /** Some direction has not ended. */
  get alive(): boolean {
    return !(this.directions.client.ended && this.directions.server.ended)
  }

  shed(at: FrameRef): void {
    this.directions.client.shed(at)
    this.directions.server.shed(at)
  }

  take(segment: TcpSegment): void {
    const { flags, sequence, at } = segment
    const direction = this.directionOf(segment)
    this.firstFrom ??= direction
    if (direction !== this.firstFrom) this.bothSeen = true
    this.lastAt = at
    this.shed(at)
    if ((flags & TcpFlag.Syn) !== 0) {
      if ((flags & TcpFlag.Ack) !== 0) this.synAckSeen = true
      else this.synSeen = true
    }
    if ((flags & TcpFlag.Rst) !== 0) {
      // RFC 5961 §3.2: one outside the window resets nothing.
      if (direction.isStray(sequence)) return
      this.resetBy = direction === this.directions.client ? 'client' : 'server'
      this.end(at, 'reset')
      return
    }
    direction.take(segment)
  }

  end(at: FrameRef, end: TcpEnd): void {
    this.directions.client.end(at, end)
    this.directions.server.end(at, end)
  }

  private directionOf({ source }: TcpSegment): Direction {
    const fromClient = source.port === this.client.port && source.address === this.client.address
    return this.directions[fromClient ? 'client' : 'server']
  }
}

class Direction {
  private readonly sender: TcpSender
  private readonly reassembly: TcpReassembly
  private readonly consumer: () => TcpConsumer | undefined
  synSequence: number | undefined
  ended = false
  private strays = 0
  private ignored = false

  constructor(
    sender: TcpSender,
    consumer: () => TcpConsumer | undefined,
    budget: HoleBudget,
    counts: { gaps: number },
  ) {
    this.sender = sender
    this.consumer = consumer
    const sink = {
      data: (bytes: Uint8Array, at: FrameRef) => this.heard()?.onData(sender, bytes, at),
      gap: (at: FrameRef) => {
        counts.gaps++
        this.heard()?.onGap(sender, at)
      },
      joined: (at: FrameRef) => this.heard()?.onGap(sender, at),
      fin: (at: FrameRef) => this.end(at, 'fin'),
    }
    this.reassembly = new TcpReassembly(sink, budget)
  }

  /** Neither SYN nor data has been seen. */
  get untouched(): boolean {
    return this.reassembly.untouched
  }

  get untouchedOrOpened(): boolean {
    return this.untouched || this.synSequence !== undefined
  }

  owns({ sequence, length }: TcpSegment): boolean {
    if (this.ignored || length === 0) return true
    this.strays = this.reassembly.isStray(sequence, length) ? this.strays + 1 : 0
    return this.strays < STRAY_SEGMENTS
  }

  isStray(sequence: number): boolean {
    return this.reassembly.isStray(sequence, 0)
  }

  take({ flags, sequence, bytes, length, at }: TcpSegment): void {
    const syn = (flags & TcpFlag.Syn) !== 0
    if (syn && this.reassembly.untouched) {
      this.synSequence = sequence
      this.reassembly.open(sequence)
    }
    if (this.ended || this.ignored) return
    const first = syn ? (sequence + 1) >>> 0 : sequence
    if (!syn && this.isStray(sequence)) return
    this.reassembly.take(first, bytes, length, at)
    if ((flags & TcpFlag.Fin) !== 0 && !this.ended) this.reassembly.close((first + length) >>> 0, at)
  }

  shed(at: FrameRef): void {
    this.reassembly.shed(at)
  }

  end(at: FrameRef, end: TcpEnd): void {
    if (this.ended) return
    this.reassembly.flush()
    if (this.ended) return
    this.ended = true
    this.reassembly.discard()
    this.heard()?.onEnd(this.sender, at, end)
  }

  ignore(): void {
    this.ignored = true
    this.reassembly.discard()
  }

  private heard(): TcpConsumer | undefined {
    return this.ignored ? undefined : this.consumer()
  }
}
