import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS } from '../limits/limits.ts'
import { cipherSuite } from './cipher-suites.ts'
import { type Tls13Protection, tls13Protection } from './record-protection.ts'
import { ContentType, type TlsRecord } from './record-reader.ts'

/** Octets that wait for the server's word, at most; servers that take early data at all mostly take 16,384. */
const MOST_HELD = LIMITS.tlsEarlyDataOctets.most

export interface EarlyDataListener {
  /** Said before the server had spoken, and taken by it. */
  onEarly(content: Uint8Array, at: FrameRef): void
  /** The server took early data that could not be opened; once, with its first record. */
  onUnread(at: FrameRef): void
  /** A record found no room. */
  onBeyond(at: FrameRef): void
}

/**
 * What a client says in TLS 1.3 before the server has spoken (RFC 8446 §2.3, §4.2.10). It counts when the server takes it:
 * what is refused is said again. Its suite is that of the session it resumes, which no hello names: one of those offered
 * opens its first record.
 */
export class EarlyData {
  readonly #listener: EarlyDataListener
  #protections: readonly Tls13Protection[]
  #held: { readonly content: Uint8Array; readonly at: FrameRef }[] = []
  #heldBytes = 0
  #unread: FrameRef | undefined
  #told = false
  #taken = false

  /** @param secret client_early_traffic_secret, where it is known @param suites numbers of those that the client offers */
  constructor(secret: Uint8Array | undefined, suites: readonly number[], listener: EarlyDataListener) {
    this.#listener = listener
    this.#protections = secret === undefined ? [] : suites.flatMap((id) => protectionOf(id, secret))
  }

  /** Octets that wait. */
  get heldOctets(): number {
    return this.#heldBytes
  }

  /** A record that the keys of the handshake do not open. */
  push(record: TlsRecord, at: FrameRef): void {
    const opened = this.#open(record)
    const { type, content } = opened ?? { type: undefined, content: NONE }
    if (type === undefined) this.#unread ??= at
    else if (this.#heldBytes + content.length > MOST_HELD) this.#listener.onBeyond(at)
    else if (type === ContentType.ApplicationData) {
      this.#held.push({ content: Uint8Array.from(content), at })
      this.#heldBytes += content.length
    }
    if (this.#taken) this.#release()
  }

  /** EncryptedExtensions says that the server takes it (RFC 8446 §4.2.10). */
  take(): void {
    this.#taken = true
    this.#release()
  }

  #open(record: TlsRecord): { readonly type: number; readonly content: Uint8Array } | undefined {
    for (const protection of this.#protections) {
      const opened = protection.open(record)
      if (opened === undefined) continue
      this.#protections = [protection]
      return opened
    }
    return undefined
  }

  #release(): void {
    for (const { content, at } of this.#held) this.#listener.onEarly(content, at)
    this.#held = []
    this.#heldBytes = 0
    if (this.#unread === undefined || this.#told) return
    this.#told = true
    this.#listener.onUnread(this.#unread)
  }
}

const NONE = new Uint8Array(0)

function protectionOf(id: number, secret: Uint8Array): Tls13Protection[] {
  const suite = cipherSuite(id)
  const hashBytes = suite?.prf === 'sha384' ? 48 : 32
  if (suite?.keyExchange !== 'tls13' || secret.length !== hashBytes) return []
  return [tls13Protection(suite, secret) ?? []].flat()
}
