import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS, type OnLimit } from '../limits/limits.ts'
import { DtlsAssociation } from './dtls-association.ts'
import { type DtlsMessage, DtlsMessageReader } from './dtls-message-reader.ts'
import { ContentType, readDtlsRecords } from './dtls-record.ts'
import type { TlsSender } from './handshake-facts.ts'
import { HandshakeType } from './handshake-reader.ts'
import { type ClientHello, readClientHello, readServerHello } from './hello.ts'
import type { SessionSecrets } from './session-secrets.ts'

/** Messages that came before the hello that they belong to, at most. */
const MOST_EARLY = LIMITS.dtlsMessagesEarly.most
const FATAL = 2

/** One of the two ends, by their order in the flow's name. */
export type End = 0 | 1

/** Who hears what a flow's handshakes come to. */
export interface DtlsFlowListener {
  association(association: DtlsAssociation): void
  anomaly(reason: string, at: FrameRef): void
  readonly limit: OnLimit
}

interface Early {
  readonly from: End
  readonly message: DtlsMessage
  readonly at: FrameRef
}

interface Hello {
  readonly hello: ClientHello
  readonly message: DtlsMessage
}

/** Reads the handshakes between two endpoints, one after the other, whoever begins them and in whatever order they come. */
export class DtlsFlow {
  readonly #ends: readonly [string, string]
  readonly #secrets: SessionSecrets
  readonly #listener: DtlsFlowListener
  readonly #readers: readonly [DtlsMessageReader, DtlsMessageReader]
  /** ClientHellos that are not answered yet, by who sent them: both sides may begin at once. */
  readonly #hellos: [Hello | undefined, Hello | undefined] = [undefined, undefined]
  #early: Early[] = []
  #current: DtlsAssociation | undefined
  /** Who is the client of the current association. */
  #client: End = 0
  #at: FrameRef = { position: 0, capture: 0, frame: 0, timeUs: 0 }

  constructor(ends: readonly [string, string], secrets: SessionSecrets, listener: DtlsFlowListener) {
    this.#ends = ends
    this.#secrets = secrets
    this.#listener = listener
    this.#readers = [
      new DtlsMessageReader(
        (message) => this.#message(0, message, this.#at),
        (name) => listener.limit(name, this.#at),
      ),
      new DtlsMessageReader(
        (message) => this.#message(1, message, this.#at),
        (name) => listener.limit(name, this.#at),
      ),
    ]
  }

  /** Octets of memory that what is unfinished takes. */
  get held(): number {
    let held = this.#readers[0].held + this.#readers[1].held + (this.#current?.heldOctets ?? 0)
    for (const { message } of this.#early) held += message.body.length
    for (const hello of this.#hellos) held += hello?.message.body.length ?? 0
    return held
  }

  /** No more of the handshake that goes on is to come. */
  giveUp(): void {
    this.#current?.giveUp()
  }

  take(from: End, datagram: Uint8Array, at: FrameRef): void {
    this.#at = at
    const whole = readDtlsRecords(datagram, ({ type, epoch, fragment }) => {
      if (type === ContentType.ChangeCipherSpec || (type === ContentType.Handshake && epoch > 0))
        this.#changeCipher(from)
      else if (type === ContentType.Handshake) this.#handshake(from, fragment)
      else if (type === ContentType.Alert && epoch === 0) this.#alert(fragment)
    })
    if (!whole) this.#listener.anomaly('dtls-record-cut', at)
  }

  #handshake(from: End, fragment: Uint8Array): void {
    const problem = this.#readers[from].push(fragment)
    if (problem !== undefined) this.#listener.anomaly(problem, this.#at)
  }

  #message(from: End, message: DtlsMessage, at: FrameRef): void {
    if (message.type === HandshakeType.ClientHello) this.#clientHello(from, message, at)
    else if (message.type === HandshakeType.HelloVerifyRequest) return
    else if (message.type === HandshakeType.ServerHello) this.#serverHello(from, message, at)
    else if (this.#current === undefined || this.#awaitsAnswer) this.#keepEarly(from, message, at)
    else this.#current.message(this.#role(from), message, at)
  }

  get #awaitsAnswer(): boolean {
    return this.#hellos[0] !== undefined || this.#hellos[1] !== undefined
  }

  /** The one with the cookie has the random of the one before (RFC 6347 §4.2.1) and takes its place. */
  #clientHello(from: End, message: DtlsMessage, at: FrameRef): void {
    const hello = readClientHello(message.body, true)
    if (hello === undefined) {
      this.#listener.anomaly('dtls-client-hello-malformed', at)
      return
    }
    if (hello.listsTooLong) this.#listener.limit('helloListEntries', at)
    if (this.#current?.isOf(hello.random) === true) return
    this.#hellos[from] = { hello, message }
    this.#hearEarly(({ message: { type } }) => type === HandshakeType.ServerHello)
  }

  #serverHello(from: End, message: DtlsMessage, at: FrameRef): void {
    const answer = readServerHello(message.body)
    if (answer === undefined) {
      this.#listener.anomaly('dtls-server-hello-malformed', at)
      return
    }
    const client: End = from === 0 ? 1 : 0
    const asked = this.#hellos[client]
    if (asked === undefined) {
      const repeated = this.#current?.isOf(this.#current.clientRandom, answer.random) === true
      if (!repeated) this.#keepEarly(from, message, at)
      return
    }
    if (answer.retry) {
      // HelloRetryRequest: another ClientHello follows (RFC 9147 §5.1).
      this.#hellos[client] = undefined
      return
    }
    this.#hellos[0] = undefined
    this.#hellos[1] = undefined
    this.#client = client
    this.#current?.giveUp()
    this.#current = new DtlsAssociation(
      { client: this.#ends[client], server: this.#ends[from], at },
      asked.hello,
      answer,
      { client: asked.message, server: message },
      this.#secrets,
      (name, when) => this.#listener.limit(name, when),
    )
    // What is agreed on from here on is encrypted, the profile and the certificates too (RFC 9147 §5).
    if (this.#current.isHidden) this.#listener.anomaly('dtls-1.3-not-read', at)
    this.#listener.association(this.#current)
    this.#hearEarly(() => true)
  }

  #keepEarly(from: End, message: DtlsMessage, at: FrameRef): void {
    const { type, sequence } = message
    this.#early = this.#early.filter(
      (early) => early.from !== from || early.message.sequence !== sequence || early.message.type !== type,
    )
    if (this.#early.length >= MOST_EARLY) {
      this.#early.shift()
      this.#listener.limit('dtlsMessagesEarly', at)
    }
    this.#early.push({ from, message, at })
  }

  #hearEarly(wanted: (early: Early) => boolean): void {
    const heard = this.#early.filter(wanted)
    this.#early = this.#early.filter((early) => !heard.includes(early))
    for (const { from, message, at } of heard) this.#message(from, message, at)
  }

  #changeCipher(from: End): void {
    if (!this.#awaitsAnswer) this.#current?.changeCipher(this.#role(from), this.#at)
  }

  /** RFC 5246 §7.2. */
  #alert(fragment: Uint8Array): void {
    if (fragment.length === 2 && fragment[0] === FATAL)
      this.#listener.anomaly(`dtls-fatal-alert-${fragment[1]}`, this.#at)
  }

  #role(from: End): TlsSender {
    return from === this.#client ? 'client' : 'server'
  }
}
