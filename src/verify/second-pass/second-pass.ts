import type { RecordCursor } from '../../capture/record.ts'
import type { SpilledPacket } from '../../capture/spill-file.ts'
import type { RecordWalker } from '../../capture/walker.ts'
import { microsecondsOf } from '../../capture/walker-state.ts'
import { Payload } from '../../net/datagram.ts'
import { MediaKind, mediaKind } from '../../rtp/media-kind.ts'
import type { Authenticator } from '../../srtp/authenticator.ts'
import type { StreamIndex } from '../stream-index.ts'
import type { Resolution, ResolveJob } from './resolution.ts'
import { StreamResolver } from './resolver.ts'
import { Rewalk } from './rewalk.ts'

/** Packets in the order of the trace. */
export interface PacketSource {
  /** The one that `next` came to. */
  readonly packet: SpilledPacket
  /** False at the end. */
  next(): boolean
}

/** A spill file and how many of its octets are packets. */
export interface Spill {
  readonly descriptor: number
  readonly bytes: number
}

/**
 * The second pass: the packets that the first one left are met again, in the trace's order, and every stream with a
 * job is judged from its first such packet on. What is met comes from the input, read again, or from the spill of an
 * input that cannot be; packets put together from fragments always come from a spill of their own.
 */
export class SecondPass {
  readonly #index: StreamIndex
  readonly #resolvers = new Map<number, { readonly from: number; readonly resolver: StreamResolver }>()
  readonly #first: number
  readonly #last: number
  readonly #reassembled: PacketQueue
  readonly #deferred: PacketQueue
  readonly #walk: Rewalk

  /** @param room for slabs of the input with what their predecessors leave: more than MAX_CARRY_BYTES, in the kernel's memory */
  constructor(
    index: StreamIndex,
    authenticators: (key: number) => Authenticator,
    jobs: readonly ResolveJob[],
    lastPosition: number,
    spills: { readonly deferred?: PacketSource; readonly reassembled: PacketSource },
    room: Uint8Array,
  ) {
    this.#index = index
    let first = Number.POSITIVE_INFINITY
    for (const job of jobs) {
      this.#resolvers.set(job.stream, { from: job.from, resolver: new StreamResolver(job, authenticators) })
      if (job.from < first) first = job.from
    }
    this.#first = first
    this.#last = lastPosition
    this.#reassembled = new PacketQueue(spills.reassembled)
    this.#deferred = new PacketQueue(spills.deferred)
    this.#walk = new Rewalk(room)
  }

  /** Judges what was spilled; call once. */
  spilled(): void {
    for (let packet = this.#deferred.peek(); packet !== undefined; packet = this.#deferred.peek()) {
      this.#before(packet.position)
      this.#packet(packet)
      this.#deferred.take()
    }
    this.#before(this.#last + 1)
  }

  /**
   * Walks slabs of the input again; `fill` puts octets into its argument and returns how many, 0 at the end. Returns
   * after each slab so that others may have a turn: false when there is nothing more to meet.
   */
  again(walker: RecordWalker, filled: number): boolean {
    const more = this.#walk.slab(walker, filled, this.#first, this.#last, (position, cursor) =>
      this.#record(position, cursor),
    )
    if (!more) this.#before(this.#last + 1)
    return more
  }

  /** Where the next slab's octets go. */
  get target(): Uint8Array {
    return this.#walk.target
  }

  resolutions(): Resolution[] {
    return [...this.#resolvers.values()].map(({ resolver }) => resolver.resolution)
  }

  #record(position: number, cursor: RecordCursor): void {
    this.#before(position)
    const { decoder } = this.#walk
    decoder.decode(this.#walk.bytes, cursor)
    const { datagram } = decoder
    // What fragments make comes from the spill.
    if (datagram.payload !== Payload.Udp || datagram.reassembled) return
    const { bytes, offset, length, announcedLength } = datagram
    const kind = mediaKind(bytes, offset, length, announcedLength)
    if (kind !== MediaKind.Rtp && kind !== MediaKind.Rtcp) return
    const stream = this.#index.find(kind, datagram, position)
    const found = this.#resolvers.get(stream)
    if (found === undefined || position < found.from) return
    found.resolver.packet(position, microsecondsOf(cursor), cursor.frame, bytes, offset, length, announcedLength)
  }

  /** Judges the reassembled packets whose place is before `position`. */
  #before(position: number): void {
    for (let packet = this.#reassembled.peek(); packet !== undefined; packet = this.#reassembled.peek()) {
      if (packet.position >= position) return
      this.#packet(packet)
      this.#reassembled.take()
    }
  }

  #packet(p: SpilledPacket): void {
    const found = this.#resolvers.get(p.stream)
    if (found === undefined || p.position < found.from) return
    found.resolver.packet(p.position, p.timeUs, p.frame, p.bytes, p.offset, p.length, p.announcedLength)
  }
}

/** The packets of a spill file with a look ahead of one. */
class PacketQueue {
  readonly #source: PacketSource | undefined
  #head: SpilledPacket | undefined

  constructor(source: PacketSource | undefined) {
    this.#source = source
    this.take()
  }

  peek(): SpilledPacket | undefined {
    return this.#head
  }

  take(): void {
    this.#head = this.#source?.next() ? this.#source.packet : undefined
  }
}
