import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS } from '../limits/limits.ts'

const MAX_PIECES = LIMITS.tcpSegmentsWaiting.most
const MAX_OCTETS = LIMITS.tcpOctetsWaiting.most
/** Memory that a segment takes while it waits, beside its octets: it may have one. */
const PIECE_COST = 512
const MAX_WAIT_US = LIMITS.tcpSecondsWaiting.most * 1e6

/** Farther from the next octet than this, a segment is of another connection, or forged: no window is that large. */
const WINDOW = 1 << 24

/** Why a hole is not waited for any longer. */
export type HoleLimit = 'tcpSegmentsWaiting' | 'tcpOctetsWaiting' | 'tcpOctetsWaitingInAll' | 'tcpSecondsWaiting'

/** What all directions together keep behind holes: one object, shared by all of them. */
export interface HoleBudget {
  octets: number
  readonly mostOctets: number
  /** Holes that were given up, by what kept them from being waited for. */
  readonly dropped: Record<HoleLimit, number>
}

/** What one direction of a connection hands on. `bytes` are valid during the call only. */
export interface OctetSink {
  data(bytes: Uint8Array, at: FrameRef): void
  /** Octets are missing before those that come next. */
  gap(at: FrameRef): void
  /** The first data of a direction whose SYN was not seen: what came before is unknown. */
  joined(at: FrameRef): void
  /** The sender has closed its direction, and all that it sent before has been handed on. */
  fin(at: FrameRef): void
}

/** Octets ahead of a hole. `length` counts those on the wire, of which the snap length may have left fewer. */
interface Piece {
  readonly sequence: number
  readonly length: number
  readonly bytes: Uint8Array
  readonly at: FrameRef
}

/**
 * One direction of a TCP connection put in order (RFC 9293 §3.4). Sequence numbers wrap, so only their differences are
 * compared. Where segments overlap, the octets that came first count.
 */
export class TcpReassembly {
  /** Sequence number of the next octet; undefined until a SYN or the first data of a connection joined midway. */
  private expected: number | undefined
  private pieces: readonly Piece[] = []
  private octets = 0
  private finSequence: number | undefined
  private finished = false
  private readonly sink: OctetSink
  private readonly budget: HoleBudget

  constructor(sink: OctetSink, budget: HoleBudget) {
    this.sink = sink
    this.budget = budget
  }

  /** Neither SYN nor data of this direction has been seen. */
  get untouched(): boolean {
    return this.expected === undefined
  }

  /** The sequence number of the SYN's first data octet: the SYN itself counts one. */
  open(sequence: number): void {
    this.expected = (sequence + 1) >>> 0
  }

  /** A sequence number that cannot be of this connection, or data behind its end. */
  isStray(sequence: number, length: number): boolean {
    if (this.expected === undefined) return false
    const ahead = (sequence - this.expected) | 0
    return Math.abs(ahead) > WINDOW || (this.finSequence !== undefined && length > 0 && this.isBehindFin(sequence))
  }

  /** Takes a segment's payload; `bytes` are copied where they have to wait. `length` counts the octets on the wire. */
  take(sequence: number, bytes: Uint8Array, length: number, at: FrameRef): void {
    if (length === 0 || this.finished) return
    if (this.expected === undefined) {
      // One octet may be a keep-alive (RFC 9293 §3.8.4), which says the octet before the next one again.
      if (length === 1) return
      this.expected = sequence
      this.sink.joined(at)
    }
    const ahead = (sequence - this.expected) | 0
    if (ahead + length <= 0) return
    if (ahead <= 0 && this.pieces.length === 0) {
      this.hand(bytes.subarray(-ahead), ahead + length, at)
    } else {
      this.insert({ sequence, length, bytes, at })
      this.drain(at)
    }
    this.shed(at)
  }

  /** The sender's FIN stood behind the octet before `sequence`. */
  close(sequence: number, at: FrameRef): void {
    this.expected ??= sequence
    this.finSequence ??= sequence
    this.settle(at)
  }

  /** Gives up waiting where a hole has been open for too long, or too much waits behind it. */
  shed(at: FrameRef): void {
    while (this.pieces.length > 0) {
      const limit = this.reached(at)
      if (limit === undefined) return
      this.budget.dropped[limit]++
      this.skipHole()
    }
  }

  private reached(at: FrameRef): HoleLimit | undefined {
    if (this.pieces.length > MAX_PIECES) return 'tcpSegmentsWaiting'
    if (this.octets > MAX_OCTETS) return 'tcpOctetsWaiting'
    if (this.budget.octets > this.budget.mostOctets) return 'tcpOctetsWaitingInAll'
    return this.pieces.some((piece) => at.timeUs - piece.at.timeUs > MAX_WAIT_US) ? 'tcpSecondsWaiting' : undefined
  }

  /** Hands on all that waits behind holes. */
  flush(): void {
    while (this.pieces.length > 0) this.skipHole()
  }

  /** Forgets what waits and takes nothing more. */
  discard(): void {
    this.keep([])
    this.finished = true
    this.finSequence ??= this.expected
  }

  private insert(segment: Piece): void {
    const { expected } = this
    const merged: Piece[] = []
    let here = Math.max(0, (segment.sequence - expected!) | 0)
    const stop = ((segment.sequence - expected!) | 0) + segment.length
    for (const piece of this.pieces) {
      const start = (piece.sequence - expected!) | 0
      if (here < Math.min(stop, start)) merged.push(slice(segment, expected! + here, Math.min(stop, start) - here))
      merged.push(piece)
      here = Math.max(here, start + piece.length)
    }
    if (here < stop) merged.push(slice(segment, expected! + here, stop - here))
    this.keep(merged)
  }

  /** Hands on the pieces that have no hole before them; `at` is the segment that filled it. */
  private drain(at: FrameRef): void {
    let latest = at
    while (this.pieces.length > 0 && this.pieces[0].sequence === this.expected) {
      const [piece, ...rest] = this.pieces
      this.keep(rest)
      if (piece.at.position > latest.position) latest = piece.at
      this.hand(piece.bytes, piece.length, latest)
    }
  }

  /** What lies behind the hole has been whole since its own segments came, so that it is handed on with their time. */
  private skipHole(): void {
    const { sequence, at } = this.pieces[0]
    this.expected = sequence
    this.sink.gap(at)
    this.drain(at)
  }

  private hand(bytes: Uint8Array, length: number, at: FrameRef): void {
    this.expected = (this.expected! + length) >>> 0
    if (bytes.length > 0) this.sink.data(bytes, at)
    if (bytes.length < length) this.sink.gap(at)
    this.settle(at)
  }

  private settle(at: FrameRef): void {
    if (this.finished || this.finSequence === undefined || !this.isBehindFin(this.expected!)) return
    this.discard()
    this.sink.fin(at)
  }

  private isBehindFin(sequence: number): boolean {
    return ((sequence - this.finSequence!) | 0) >= 0
  }

  private keep(pieces: readonly Piece[]): void {
    const octets = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0)
    this.budget.octets += octets - this.octets + PIECE_COST * (pieces.length - this.pieces.length)
    this.octets = octets
    this.pieces = pieces
  }
}

/** A copy of `length` octets of a segment from a sequence number on. */
function slice(segment: Piece, from: number, length: number): Piece {
  const start = (from - segment.sequence) | 0
  // Not slice(): a Buffer's would be a view.
  const bytes = new Uint8Array(segment.bytes.subarray(start, start + length))
  return { sequence: from >>> 0, length, bytes, at: segment.at }
}
