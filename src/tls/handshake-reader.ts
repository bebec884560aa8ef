import { GrowingOctets } from '../bytes/growing-octets.ts'
import { LIMITS } from '../limits/limits.ts'

/** Handshake types (RFC 8446 §4, RFC 5246 §7.4, RFC 6347 §4.3.2, RFC 6066 §8, RFC 8879 §4). */
export const HandshakeType = {
  HelloRequest: 0,
  ClientHello: 1,
  ServerHello: 2,
  HelloVerifyRequest: 3,
  NewSessionTicket: 4,
  EndOfEarlyData: 5,
  EncryptedExtensions: 8,
  Certificate: 11,
  ServerKeyExchange: 12,
  CertificateRequest: 13,
  ServerHelloDone: 14,
  CertificateVerify: 15,
  ClientKeyExchange: 16,
  Finished: 20,
  CertificateStatus: 22,
  KeyUpdate: 24,
  CompressedCertificate: 25,
} as const

const KNOWN: ReadonlySet<number> = new Set(Object.values(HandshakeType))

/** Whether a fragment begins with a handshake message in the clear: sealed octets look like one once in a thousand times. */
export function beginsMessage(fragment: Uint8Array): boolean {
  const [type, high, middle, low] = fragment
  const length = high * 65_536 + middle * 256 + low
  if (!KNOWN.has(type) || length > LONGEST_MESSAGE) return false
  // A chain may go on in the next record; the others are short. A nonce often begins as an empty HelloRequest does.
  if (length + HEADER > fragment.length) return type === HandshakeType.Certificate
  return type !== HandshakeType.HelloRequest || (length === 0 && fragment.length === HEADER)
}

/** A certificate chain is the longest message that there is reason for. */
const LONGEST_MESSAGE = LIMITS.tlsHandshakeOctets.most

/** Puts the handshake messages of one direction together from the fragments of their records (RFC 5246 §6.2.1). */
export class HandshakeReader {
  readonly #onMessage: (type: number, body: Uint8Array, whole: Uint8Array) => void
  /** Octets that are not used up: a message may come an octet at a time. */
  #octets = new GrowingOctets()
  #broken = false

  /** @param onMessage `whole` is the message with its header, as the transcript has it; both hold during the call only */
  constructor(onMessage: (type: number, body: Uint8Array, whole: Uint8Array) => void) {
    this.#onMessage = onMessage
  }

  /** A message was announced that is longer than any there is reason for. */
  get broken(): boolean {
    return this.#broken
  }

  /** Octets of memory that a message takes that is not whole. */
  get heldOctets(): number {
    return this.#octets.capacity
  }

  /** The message that is not whole, as far as it came; holds until the next octets. */
  get unfinished(): Uint8Array {
    return this.#octets.take()
  }

  push(fragment: Uint8Array): void {
    if (this.#broken || fragment.length === 0) return
    this.#octets.add(fragment)
    const all = this.#octets.take()
    let at = 0
    while (all.length - at >= HEADER) {
      const length = all[at + 1] * 65_536 + all[at + 2] * 256 + all[at + 3]
      if (length > LONGEST_MESSAGE) {
        this.#broken = true
        this.#octets = new GrowingOctets()
        return
      }
      const end = at + HEADER + length
      if (all.length < end) break
      this.#onMessage(all[at], all.subarray(at + HEADER, end), all.subarray(at, end))
      at = end
    }
    if (at === 0) return
    this.#octets = new GrowingOctets()
    if (at < all.length) this.#octets.add(all.subarray(at))
  }
}

const HEADER = 4
