import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS } from '../limits/limits.ts'
import { type FoundCuts, identityOf, type StreamCut } from '../rtp/stream-cuts.ts'
import { F, I, type StreamTable } from '../rtp/stream-table.ts'
import type { Exchange } from '../sdp/exchange.ts'
import { type Binder, beginsSession } from './binder.ts'
import type { Binding, BoundLine, StreamAddresses } from './binding.ts'
import type { End } from './described-ends.ts'
import { describedBy, mediaOf } from './media-line.ts'
import { observedStream } from './observed-stream.ts'
import { CHANGE_GRACE_US } from './schedule.ts'
import { keyIdentitiesOf } from './sdes-keys.ts'
import type { StreamKeying } from './stream-keys.ts'
import { NO_UNSEEN } from './unseen-agreements.ts'

/** Why packets are unverified of a stream that cannot be told apart from that of a next call. */
export const BY_NEXT_CALL =
  'a next call has the same addresses and SSRC, which shows only where the capture can be read twice: give it as a file'

/** What signalling says of a call by a frame: it has ended, nothing is heard of it from there on, or it goes on. */
export type EndOfCall = (callId: string, at: FrameRef) => 'ended' | 'unheard' | 'none'

/**
 * Finds where what looks like one stream is the media of a next call: devices have one SSRC for all of their calls, load
 * generators send the same packets in each, and the ports are used again. From the offer on of a call that names the
 * stream, when the one before is over, the stream is that call's.
 */
export class NextCalls {
  /** Streams that were not looked at. */
  notLookedAt = 0
  readonly #binder: Binder
  readonly #endOf: EndOfCall
  readonly #keys = new WeakMap<readonly BoundLine[], KeysOfLines>()
  #left: number = LIMITS.nextCalls.most

  constructor(binder: Binder, endOf: EndOfCall) {
    this.#binder = binder
    this.#endOf = endOf
  }

  /** Positions of the trace, ascending, from which on stream `id` of a table belongs to a next call. */
  of(table: StreamTable, id: number): readonly number[] {
    const stream = this.#mayHave(table, id) ? observedStream(table, id) : undefined
    if (stream === undefined) return NONE
    const firstUs = table.floats[table.floatsAt(id) + F.FirstTimeUs]
    const ends = this.#binder.endsDuring(stream, this.#left)
    if (ends === undefined) {
      this.notLookedAt++
      return NONE
    }
    // Those within dialogs too: a call may have thousands of them, and of streams.
    this.#left -= ends.length
    const positions: number[] = []
    const first = this.#binder.bind(stream)
    let current = first !== undefined && isOlder(first, stream) ? first : undefined
    for (const exchange of sessionsOf(ends)) {
      const { at } = exchange.offer
      if (exchange.callId === current?.callId) continue
      const next = this.#binder.bind({ ...stream, firstPosition: at.position })
      if (next?.callId !== exchange.callId) continue
      // Media that is a little older than its offer was captured in another order.
      const isNext = current === undefined ? at.timeUs - firstUs > CHANGE_GRACE_US : this.#follows(current, next, at)
      if (!isNext) continue
      positions.push(at.position)
      current = next
    }
    return positions
  }

  /** Of a call whose end was not captured another with the same keys is a second dialog about the same media. */
  #follows(current: Binding, next: Binding, at: FrameRef): boolean {
    const end = this.#endOf(current.callId, at)
    return end === 'ended' || (end === 'unheard' && !haveKeyInCommon(this.#keysOf(current), this.#keysOf(next)))
  }

  #keysOf({ lines }: Binding): KeysOfLines {
    const known = this.#keys.get(lines)
    if (known !== undefined) return known
    const keys = { identities: new Set(identitiesOf(lines)), inCommon: new WeakMap<KeysOfLines, boolean>() }
    this.#keys.set(lines, keys)
    return keys
  }

  /** Told by its numbers, before it is put into words. */
  #mayHave(table: StreamTable, id: number): boolean {
    const ports = table.ints[table.intsAt(id) + I.Ports]
    return this.#binder.mayNameSince(ports >>> 16, ports & 0xffff, table.floats[table.floatsAt(id) + F.FirstPosition])
  }
}

/** Of a stream that cannot be told apart: what it is judged by ends where the next call has it. */
export function untilNextCall(keying: StreamKeying, nextCallFrom: number, isNextProtected: boolean): StreamKeying {
  const { unseen = NO_UNSEEN } = keying
  const rest = { agreement: Infinity, from: nextCallFrom, untilUs: Infinity, isFirst: false, isMasked: false }
  return { ...keying, unseen: [...unseen, rest], nextCallFrom, isNextProtected }
}

/** All streams of a table that have next calls. */
export function cutsBetweenCalls(table: StreamTable, nextCalls: NextCalls): FoundCuts {
  const streams: StreamCut[] = []
  for (let id = 0; id < table.count; id++) {
    const positions = nextCalls.of(table, id)
    if (positions.length > 0) streams.push({ identity: identityOf(table, id), positions })
  }
  return { streams, notLookedAt: nextCalls.notLookedAt }
}

const NONE: readonly never[] = []

/** Exchanges that begin sessions, in the order of their offers. */
function sessionsOf(ends: readonly End[]): readonly Exchange[] {
  const sessions = new Set(ends.flatMap(({ exchange }) => (beginsSession(exchange) ? [exchange] : [])))
  return [...sessions].sort((a, b) => a.id - b.id)
}

/** What is kept of lines: calls may have thousands of them, and stand beside thousands of others. */
interface KeysOfLines {
  readonly identities: ReadonlySet<string>
  /** Whether others have one of them, as far as they were compared. */
  readonly inCommon: WeakMap<KeysOfLines, boolean>
}

function haveKeyInCommon(one: KeysOfLines, other: KeysOfLines): boolean {
  const known = one.inCommon.get(other)
  if (known !== undefined) return known
  const isLess = one.identities.size < other.identities.size
  const [few, many] = isLess ? [one.identities, other.identities] : [other.identities, one.identities]
  const found = [...few].some((key) => many.has(key))
  one.inCommon.set(other, found)
  return found
}

function identitiesOf(lines: readonly BoundLine[]): readonly string[] {
  return lines.flatMap(({ exchange, index, sender }) =>
    describedBy(exchange, sender)
      .flatMap((described) => mediaOf(described, index)?.crypto ?? NONE)
      .flatMap(keyIdentitiesOf),
  )
}

/** Whether the call that a stream is bound to may have had it from its first packet on. */
function isOlder({ lines }: Binding, { firstPosition, capture }: StreamAddresses): boolean {
  return lines.some(
    ({ exchange }) =>
      !beginsSession(exchange) || exchange.offer.at.position <= firstPosition || exchange.offer.at.capture !== capture,
  )
}
