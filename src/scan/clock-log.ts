import type { ClockSamples } from '../capture/clocks.ts'
import type { MessageContext } from '../sip/context.ts'
import type { MessageFacts } from '../sip/message-facts.ts'
import type { RingRecord } from '../verify/first-pass/signalling-ring.ts'

/** Shorter ones are keep-alives and the like: many are equal. */
const LEAST_OCTETS = 32
/** What tells one message from another stands in its head. */
const HASHED_OCTETS = 512
/** Contents that are kept at a time. */
const MOST_CONTENTS = 1 << 16
/** Of one pair of captures more samples say nothing new. */
const MOST_SAMPLES = 1024
/** Two interfaces of one host write the same datagram so close together at most (open-request.ts). */
const COPY_US = 100_000

type Kind = 'copies' | 'requests' | 'responses'

type GrowingSamples = Pick<ClockSamples, 'first' | 'second'> & Record<Kind, number[]>

interface Sighting {
  readonly capture: number
  readonly timeUs: number
  /** It was sent again: which copy is of which nobody knows. */
  repeated: boolean
}

/**
 * The same thing in two captures shows how far apart their clocks are: a datagram or segment, told by its content, and a
 * segment's sequence number, since a NAT between two points of capture changes all else; a SIP message on its way from hop to hop, told by what no
 * proxy changes. Where there is too much to keep, the half whose hashes are odd is
 * let go, and not looked at any more: so that what is kept of one capture is kept of the other.
 */
export class ClockLog {
  readonly #sightings = new Map<number, Sighting>()
  readonly #samples = new Map<string, GrowingSamples>()
  /** Hashes are kept that are multiples of it. */
  #sieve = 1

  datagram(record: RingRecord): void {
    this.#copy(record, 0)
  }

  /** What is asked every few minutes in the same words, by a monitor or cron, is told from a copy by where it stands in its stream. */
  segment(record: RingRecord): void {
    this.#copy(record, record.tcpSequence)
  }

  #copy({ capture, timeUs, payload, announcedLength }: RingRecord, sequence: number): void {
    if (payload.length < LEAST_OCTETS || payload.length < announcedLength) return
    this.#note('copies', hashOf(payload, sequence), capture, timeUs)
  }

  message({ method, cseq, status = 0, callId, fromTag, toTag }: MessageFacts, { at }: MessageContext): void {
    // Every hop has its own (RFC 3261 §16.2, §16.10).
    if (status === 100 || method === 'CANCEL' || callId === '') return
    const name = [method, cseq, status, callId, fromTag, toTag].join(' ')
    this.#note(status === 0 ? 'requests' : 'responses', hashOf(Buffer.from(name)), at.capture, at.timeUs)
  }

  #note(kind: Kind, hash: number, capture: number, timeUs: number): void {
    if (hash % this.#sieve !== 0) return
    const seen = this.#sightings.get(hash)
    if (seen === undefined) this.#keep(hash, { capture, timeUs, repeated: false })
    else if (seen.capture !== capture) this.#compare(kind, seen, capture, timeUs)
    else if (timeUs - seen.timeUs > COPY_US) seen.repeated = true
  }

  /** In the order in which the pairs were met. */
  samples(): ClockSamples[] {
    return [...this.#samples.values()]
  }

  #keep(hash: number, sighting: Sighting): void {
    this.#sightings.set(hash, sighting)
    if (this.#sightings.size <= MOST_CONTENTS) return
    this.#sieve *= 2
    for (const known of this.#sightings.keys()) if (known % this.#sieve !== 0) this.#sightings.delete(known)
  }

  #compare(kind: Kind, seen: Sighting, capture: number, timeUs: number): void {
    if (seen.repeated) return
    const [first, second] = seen.capture < capture ? [seen.capture, capture] : [capture, seen.capture]
    const name = `${first} ${second}`
    const known = this.#samples.get(name)
    const samples = known ?? { first, second, copies: [], requests: [], responses: [] }
    if (known === undefined) this.#samples.set(name, samples)
    const laterUs = timeUs - seen.timeUs
    if (samples[kind].length < MOST_SAMPLES) samples[kind].push(first === capture ? -laterUs : laterUs)
  }
}

/** Two hashes by FNV-1a of 32 bits, the second begun otherwise, as one number of 53. */
function hashOf(octets: Uint8Array, sequence = 0): number {
  let [low, high] = [0x811c9dc5 ^ sequence, 0x01000193 ^ octets.length ^ sequence]
  const end = Math.min(octets.length, HASHED_OCTETS)
  for (let at = 0; at < end; at++) {
    low = Math.imul(low ^ octets[at], 0x01000193)
    high = Math.imul(high ^ octets[at], 0x01000197)
  }
  return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0)
}
