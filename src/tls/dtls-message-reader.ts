import { LIMITS, type LimitName } from '../limits/limits.ts'
import { OctetCursor } from './octet-cursor.ts'

/** A whole handshake message of DTLS. */
export interface DtlsMessage {
  readonly type: number
  /** message_seq: its place among the messages of its sender. */
  readonly sequence: number
  readonly body: Uint8Array
}

/** Longer messages have no reason to be: a certificate chain is the longest. */
const LONGEST_MESSAGE = LIMITS.dtlsMessageOctets.most
/** Messages of one sender that are put together at a time, and fragments of one; what comes beyond drops the oldest. */
const MOST_PARTIAL = LIMITS.dtlsMessagesUnfinished.most
const MOST_FRAGMENTS = LIMITS.dtlsFragmentsOfMessage.most
/** What keeping a fragment costs beside its octets. */
const FRAGMENT_COST = 64

interface Partial {
  readonly type: number
  readonly length: number
  readonly fragments: { readonly offset: number; readonly octets: Uint8Array }[]
  held: number
}

/**
 * Puts the handshake messages of one sender together from fragments that may come in any order, twice, or overlapping
 * (RFC 6347 §4.2.3). A message that is sent again comes out again.
 *
 * ```
 *  | type | length (3) | message_seq (2) | fragment_offset (3) | fragment_length (3) | fragment …   (RFC 6347 §4.2.2)
 * ```
 */
export class DtlsMessageReader {
  readonly #onMessage: (message: DtlsMessage) => void
  readonly #partial = new Map<number, Partial>()
  readonly #onLimit: (name: LimitName) => void
  #held = 0

  /** @param onLimit called with each message, or fragment, that is given up for want of room */
  constructor(onMessage: (message: DtlsMessage) => void, onLimit: (name: LimitName) => void = () => undefined) {
    this.#onMessage = onMessage
    this.#onLimit = onLimit
  }

  /** Octets of memory that unfinished messages take. */
  get held(): number {
    return this.#held
  }

  /** @param content of a handshake record; it may hold several messages or parts of them. Returns what is wrong with it. */
  push(content: Uint8Array): string | undefined {
    const cursor = new OctetCursor(content)
    while (cursor.left > 0) {
      const type = cursor.uint(1)
      const length = cursor.uint(3)
      const sequence = cursor.uint(2)
      const offset = cursor.uint(3)
      const octets = cursor.vector(3)
      if (cursor.failed || offset + octets.length > length) return 'dtls-fragment-malformed'
      if (length > LONGEST_MESSAGE) {
        this.#onLimit('dtlsMessageOctets')
        return undefined
      }
      if (octets.length === length) {
        this.#forget(sequence)
        this.#onMessage({ type, sequence, body: Uint8Array.from(octets) })
      } else if (octets.length > 0) this.#keep(type, length, sequence, offset, octets)
    }
    return undefined
  }

  /** Lets go of all that is unfinished. */
  clear(): void {
    this.#partial.clear()
    this.#held = 0
  }

  #keep(type: number, length: number, sequence: number, offset: number, octets: Uint8Array): void {
    let partial = this.#partial.get(sequence)
    // Of another handshake: the newer one counts.
    if (
      partial !== undefined &&
      (partial.type !== type || partial.length !== length || contradicts(partial, offset, octets))
    ) {
      this.#forget(sequence)
      partial = undefined
    }
    if (partial === undefined) {
      if (this.#partial.size >= MOST_PARTIAL) {
        this.#forget(this.#partial.keys().next().value as number)
        this.#onLimit('dtlsMessagesUnfinished')
      }
      partial = { type, length, fragments: [], held: 0 }
      this.#partial.set(sequence, partial)
    }
    const same = partial.fragments.some((known) => known.offset === offset && known.octets.length >= octets.length)
    if (same) return
    if (partial.fragments.length >= MOST_FRAGMENTS) {
      this.#onLimit('dtlsFragmentsOfMessage')
      return
    }
    partial.fragments.push({ offset, octets: Uint8Array.from(octets) })
    partial.held += octets.length + FRAGMENT_COST
    this.#held += octets.length + FRAGMENT_COST
    const body = joined(partial)
    if (body === undefined) return
    this.#forget(sequence)
    this.#onMessage({ type, sequence, body })
  }

  #forget(sequence: number): void {
    this.#held -= this.#partial.get(sequence)?.held ?? 0
    this.#partial.delete(sequence)
  }
}

function contradicts({ fragments }: Partial, offset: number, octets: Uint8Array): boolean {
  const same = fragments.find((known) => known.offset === offset && known.octets.length === octets.length)
  return same !== undefined && Buffer.compare(same.octets, octets) !== 0
}

/** The message, where its fragments leave no gap. */
function joined({ fragments, length }: Partial): Uint8Array | undefined {
  let have = 0
  for (const { octets } of fragments) have += octets.length
  if (have < length) return undefined
  fragments.sort((a, b) => a.offset - b.offset)
  let end = 0
  for (const { offset, octets } of fragments) {
    if (offset > end) return undefined
    end = Math.max(end, offset + octets.length)
  }
  if (end < length) return undefined
  const body = new Uint8Array(length)
  for (const { offset, octets } of fragments) body.set(octets, offset)
  return body
}
