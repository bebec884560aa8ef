/** Handshake types (RFC 8446 §4, RFC 5246 §7.4, RFC 6347 §4.3.2, RFC 6066 §8). */
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
const LONGEST_MESSAGE = 262_144

/** Puts the handshake messages of one direction together from the fragments of their records (RFC 5246 §6.2.1). */
export class HandshakeReader {
  readonly #onMessage: (type: number, body: Uint8Array, whole: Uint8Array) => void
  /** Fragments that are not used up, and their octets. Joined when a message is whole: it may come an octet at a time. */
  #fragments: Uint8Array[] = []
  #held = 0
  #broken = false

  /** @param onMessage `whole` is the message with its header, as the transcript has it; both hold during the call only */
  constructor(onMessage: (type: number, body: Uint8Array, whole: Uint8Array) => void) {
    this.#onMessage = onMessage
  }

  /** A message was announced that is longer than any there is reason for. */
  get broken(): boolean {
    return this.#broken
  }

  push(fragment: Uint8Array): void {
    if (this.#broken || fragment.length === 0) return
    this.#fragments.push(Uint8Array.from(fragment))
    this.#held += fragment.length
    while (this.#held >= HEADER) {
      const length = this.#announced()
      if (length > LONGEST_MESSAGE) {
        this.#broken = true
        this.#fragments = []
        return
      }
      if (this.#held < HEADER + length) return
      const all = this.#fragments.length === 1 ? this.#fragments[0] : Buffer.concat(this.#fragments)
      const rest = all.subarray(HEADER + length)
      this.#fragments = rest.length === 0 ? [] : [rest]
      this.#held = rest.length
      this.#onMessage(all[0], all.subarray(HEADER, HEADER + length), all.subarray(0, HEADER + length))
    }
  }

  /** Octets of the message whose header came. */
  #announced(): number {
    if (this.#fragments[0].length < HEADER) this.#fragments = [Buffer.concat(this.#fragments)]
    const [header] = this.#fragments
    return header[1] * 65_536 + header[2] * 256 + header[3]
  }
}

const HEADER = 4
