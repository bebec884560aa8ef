import type { FrameRef } from '../bytes/frame-ref.ts'
import type { ConnectionKeys } from './connection-keys.ts'
import { type ConnectionSide, protect } from './connection-side.ts'
import { EarlyData } from './early-data.ts'
import type { TlsSender } from './handshake-facts.ts'
import { HandshakeType } from './handshake-reader.ts'
import type { HandshakeWitness } from './handshake-witness.ts'
import {
  type ClientHello,
  Extension,
  readClientHello,
  readExtensions,
  readServerHello,
  type ServerHello,
} from './hello.ts'
import type { SecretLabel } from './key-log.ts'
import { OctetCursor } from './octet-cursor.ts'
import { Tls13Protection } from './record-protection.ts'
import type { TlsAnomaly } from './tls-listener.ts'
import { TLS_1_3 } from './versions.ts'

export interface HandshakeMessagesListener {
  /** What the client said before the server had spoken, and the server took. */
  onEarly(content: Uint8Array, at: FrameRef): void
  onAnomaly(reason: TlsAnomaly, at: FrameRef): void
}

type Takes = (messages: HandshakeMessages, sender: TlsSender, body: Uint8Array) => void

/** What the handshake messages of one connection do to it: its keys, and in TLS 1.3 what protects its sides. */
export class HandshakeMessages {
  readonly #sides: Readonly<Record<TlsSender, ConnectionSide>>
  readonly #keys: ConnectionKeys
  readonly #witness: HandshakeWitness
  readonly #listener: HandshakeMessagesListener
  /** From a ClientHello that announces it until the client's Finished. */
  #earlyData: EarlyData | undefined

  constructor(
    sides: Readonly<Record<TlsSender, ConnectionSide>>,
    keys: ConnectionKeys,
    witness: HandshakeWitness,
    listener: HandshakeMessagesListener,
  ) {
    this.#sides = sides
    this.#keys = keys
    this.#witness = witness
    this.#listener = listener
  }

  /** What takes the records that the handshake's keys do not open; a server sends none. */
  earlyDataOf(sender: TlsSender): EarlyData | undefined {
    return sender === 'client' ? this.#earlyData : undefined
  }

  /** Octets of memory that take what is kept of handshakes. */
  get heldOctets(): number {
    return this.#keys.heldOctets + this.#witness.heldOctets + (this.#earlyData?.heldOctets ?? 0)
  }

  /** Takes a whole message; its last octets came with what its side is `at`. */
  take(sender: TlsSender, type: number, body: Uint8Array, whole: Uint8Array): void {
    if (type === HandshakeType.ClientHello && sender === 'client') this.#hello(readClientHello(body), whole)
    else if (type === HandshakeType.ServerHello && sender === 'server') this.#hello(readServerHello(body), whole)
    else {
      this.#witness.message(sender, type, body, this.#sides[sender].at as FrameRef)
      if (!this.#keys.remember(whole)) this.#anomaly('tls-transcript-too-long')
      HandshakeMessages.#OTHERS[type]?.(this, sender, body)
    }
  }

  static readonly #OTHERS: Readonly<Record<number, Takes>> = {
    [HandshakeType.EncryptedExtensions]: (messages, _, body) => messages.#encryptedExtensions(body),
    [HandshakeType.ClientKeyExchange]: (messages, _, body) => messages.#keys.clientKeyExchange(body),
    [HandshakeType.NewSessionTicket]: (messages, _, body) => messages.#keys.newSessionTicket(body),
    [HandshakeType.Finished]: (messages, sender) => messages.#finished(sender),
    [HandshakeType.KeyUpdate]: (messages, sender) => messages.#keyUpdate(sender),
  }

  #hello(hello: ClientHello | ServerHello | undefined, whole: Uint8Array): void {
    if (hello === undefined) {
      this.#anomaly('tls-handshake-malformed')
    } else if (hello.type === 'client-hello') {
      if (hello.listsTooLong) this.#anomaly('hello-lists-too-long')
      this.#witness.clientHello(hello, this.#sides.client.at as FrameRef, whole.length)
      this.#keys.clientHello(hello, whole)
      this.#earlyData = hello.extensions.has(Extension.EarlyData) ? this.#announced(hello) : undefined
    } else {
      this.#witness.serverHello(hello, this.#sides.server.at as FrameRef)
      this.#keys.serverHello(hello, whole)
      if (hello.retry) return
      if (hello.compressionMethod !== 0) this.#anomaly('tls-compression')
      if (hello.version !== TLS_1_3) {
        this.#earlyData = undefined
        return
      }
      this.#protect13('client', 'CLIENT_HANDSHAKE_TRAFFIC_SECRET')
      this.#protect13('server', 'SERVER_HANDSHAKE_TRAFFIC_SECRET')
    }
  }

  #announced({ cipherSuites }: ClientHello): EarlyData {
    return new EarlyData(this.#keys.earlySecret, cipherSuites, {
      onEarly: (content, at) => this.#listener.onEarly(content, at),
      onUnread: (at) => this.#listener.onAnomaly('tls-early-data-not-read', at),
      onBeyond: (at) => this.#listener.onAnomaly('tls-early-data-beyond-its-room', at),
    })
  }

  #encryptedExtensions(body: Uint8Array): void {
    if (readExtensions(new OctetCursor(body)).has(Extension.EarlyData)) this.#earlyData?.take()
  }

  /** Finished and KeyUpdate change the keys of their sender. */
  #finished(sender: TlsSender): void {
    if (this.#keys.version !== TLS_1_3) return
    if (sender === 'client') this.#earlyData = undefined
    this.#protect13(sender, sender === 'client' ? 'CLIENT_TRAFFIC_SECRET_0' : 'SERVER_TRAFFIC_SECRET_0')
  }

  #keyUpdate(sender: TlsSender): void {
    const { protection } = this.#sides[sender]
    if (protection instanceof Tls13Protection) protection.update()
  }

  #protect13(sender: TlsSender, label: SecretLabel): void {
    protect(this.#sides[sender], () => this.#keys.protection13(label))
  }

  #anomaly(reason: TlsAnomaly): void {
    const at = this.#sides.client.at ?? this.#sides.server.at
    if (at !== undefined) this.#listener.onAnomaly(reason, at)
  }
}
