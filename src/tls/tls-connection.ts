import type { FrameRef } from '../bytes/frame-ref.ts'
import { type CipherSuite, cipherSuite } from './cipher-suites.ts'
import type { TlsConnectionFacts, TlsSender } from './handshake-facts.ts'
import { HandshakeReader, HandshakeType } from './handshake-reader.ts'
import { HandshakeWitness } from './handshake-witness.ts'
import { type ClientHello, Extension, readClientHello, readServerHello, type ServerHello } from './hello.ts'
import { keyBlock } from './key-block.ts'
import { OctetCursor } from './octet-cursor.ts'
import { type RecordProtection, Tls13Protection, tls12Protection, tls13Protection } from './record-protection.ts'
import { ContentType, type TlsRecord, TlsRecordReader } from './record-reader.ts'
import type { SessionSecrets } from './session-secrets.ts'

export interface TlsListener {
  /** What a side said to the other. `content` holds during the call only. */
  onApplicationData(sender: TlsSender, content: Uint8Array, at: FrameRef): void
  /** Octets are missing before what comes next, if anything does. */
  onLost(sender: TlsSender, at: FrameRef): void
  /** Something is malformed or does not authenticate; a stable name. */
  onAnomaly(reason: TlsAnomaly, at: FrameRef): void
}

export type TlsAnomaly =
  | 'tls-record-malformed'
  | 'tls-handshake-malformed'
  | 'tls-handshake-too-long'
  | 'tls-compression'
  | 'tls-record-not-authentic'

const TLS_1_3 = 0x0304
/** Octets of handshake kept for the session hash of RFC 7627, at most. */
const MOST_TRANSCRIPT = 524_288

/** Sealed records of a side that may still tell something: the rest of its handshake, an alert, its first words. */
const TELLING_RECORDS = 8

/** One direction of a connection. */
interface Side {
  readonly records: TlsRecordReader
  handshake: HandshakeReader
  protection: RecordProtection | undefined
  /** ChangeCipherSpec came, or in TLS 1.3 the hellos: what follows is protected, whether or not it can be opened. */
  isProtected: boolean
  /** Records that could not be opened for want of keys. */
  sealedRecords: number
  /** No record of this side can be opened any more. */
  lost: boolean
  at: FrameRef | undefined
}

/**
 * Reads one TLS connection of which both directions pass by, each in its own order: handshakes of TLS 1.0 to 1.3 with
 * renegotiation and resumption, and, where secrets allow, what was said inside.
 */
export class TlsConnection {
  readonly #secrets: SessionSecrets
  readonly #listener: TlsListener
  readonly #sides: Readonly<Record<TlsSender, Side>>
  #clientHello: ClientHello | undefined
  #serverHello: ServerHello | undefined
  #suite: CipherSuite | undefined
  #master: Buffer | undefined
  #clientKeyExchange: Uint8Array | undefined
  #ticket: Uint8Array | undefined
  #transcript: Uint8Array[] = []
  #transcriptBytes = 0
  readonly #witness = new HandshakeWitness()

  constructor(secrets: SessionSecrets, listener: TlsListener) {
    this.#secrets = secrets
    this.#listener = listener
    this.#sides = { client: this.#side('client'), server: this.#side('server') }
  }

  /** What its handshakes showed; grows while the connection lives. */
  get facts(): TlsConnectionFacts {
    return this.#witness
  }

  /** Nothing more of it can be read, or told from outside. */
  get opaque(): boolean {
    const { client, server } = this.#sides
    return [client, server].every((side) => side.lost || side.sealedRecords >= TELLING_RECORDS)
  }

  push(sender: TlsSender, octets: Uint8Array, at: FrameRef): void {
    const side = this.#sides[sender]
    if (side.lost) return
    side.at = at
    side.records.push(octets)
    if (side.records.broken) this.#lose(side, sender, 'tls-record-malformed')
  }

  /** Octets are missing: records cannot be found again, and their numbers are lost. */
  gap(sender: TlsSender, at: FrameRef): void {
    const side = this.#sides[sender]
    if (side.lost) return
    side.lost = true
    this.#listener.onLost(sender, at)
  }

  #side(sender: TlsSender): Side {
    return {
      records: new TlsRecordReader((record) => this.#record(sender, record)),
      handshake: this.#handshakeReader(sender),
      protection: undefined,
      isProtected: false,
      sealedRecords: 0,
      lost: false,
      at: undefined,
    }
  }

  #handshakeReader(sender: TlsSender): HandshakeReader {
    return new HandshakeReader((type, body, whole) => this.#message(sender, type, body, whole))
  }

  #record(sender: TlsSender, record: TlsRecord): void {
    const side = this.#sides[sender]
    if (side.lost) return
    const isTls13 = this.#serverHello?.version === TLS_1_3
    if (!side.isProtected || (isTls13 && record.type === ContentType.ChangeCipherSpec)) {
      // Joined midway: what is said without a handshake before it is protected by keys that nobody knows.
      if (record.type !== ContentType.ApplicationData) this.#content(sender, record.type, record.fragment)
      return
    }
    if (side.protection === undefined) {
      side.sealedRecords++
      this.#sealed(sender, record, side.at as FrameRef)
      return
    }
    const opened = side.protection.open(record)
    if (opened !== undefined) this.#content(sender, opened.type, opened.content)
    // Early data is under keys of its own, and skipped: what follows it authenticates again (RFC 8446 §4.2.10).
    else if (!(isTls13 && sender === 'client' && this.#offersEarlyData())) {
      this.#lose(side, sender, 'tls-record-not-authentic')
    }
  }

  #content(sender: TlsSender, type: number, content: Uint8Array): void {
    const side = this.#sides[sender]
    if (type === ContentType.Handshake) {
      side.handshake.push(content)
      if (side.handshake.broken) this.#lose(side, sender, 'tls-handshake-too-long')
    } else if (type === ContentType.ChangeCipherSpec) {
      // For middleboxes a client of TLS 1.3 says it before the server has said hello (RFC 8446 §D.4).
      if (this.#serverHello !== undefined && this.#serverHello.version !== TLS_1_3) this.#changeCipher(sender)
    } else if (type === ContentType.ApplicationData) {
      this.#witness.applicationData(sender)
      this.#listener.onApplicationData(sender, content, side.at as FrameRef)
    } else if (type === ContentType.Alert) this.#witness.alert(sender, content, side.at as FrameRef)
  }

  /** What a record that cannot be opened shows all the same. */
  #sealed(sender: TlsSender, { type, fragment }: TlsRecord, at: FrameRef): void {
    if (type === ContentType.Alert) this.#witness.alert(sender, undefined, at)
    else if (type === ContentType.Handshake) this.#witness.sealedHandshake(sender, at)
    else if (type === ContentType.ApplicationData) {
      const isTls13 = this.#serverHello?.version === TLS_1_3
      this.#witness.sealedApplicationData(sender, isTls13 ? fragment.length : undefined, at)
    }
  }

  #message(sender: TlsSender, type: number, body: Uint8Array, whole: Uint8Array): void {
    if (type === HandshakeType.ClientHello && sender === 'client') this.#hello(readClientHello(body), whole)
    else if (type === HandshakeType.ServerHello && sender === 'server') this.#hello(readServerHello(body), whole)
    else {
      this.#witness.message(sender, type, body, this.#sides[sender].at as FrameRef)
      this.#remember(whole)
      MESSAGES[type]?.(this, sender, body)
    }
  }

  #hello(hello: ClientHello | ServerHello | undefined, whole: Uint8Array): void {
    if (hello === undefined) {
      this.#anomaly('tls-handshake-malformed')
      return
    }
    if (hello.type === 'client-hello') {
      this.#clientHello = copyOfHello(hello)
      this.#witness.clientHello(hello, this.#sides.client.at as FrameRef)
      this.#forgetHandshake()
      this.#remember(whole)
      return
    }
    this.#witness.serverHello(hello, this.#sides.server.at as FrameRef)
    this.#remember(whole)
    if (hello.type === 'server-hello' && hello.retry) return
    this.#serverHello = copyOfHello(hello)
    this.#suite = cipherSuite(hello.cipherSuite)
    if (hello.compressionMethod !== 0) this.#anomaly('tls-compression')
    if (hello.version === TLS_1_3) this.#startTls13()
  }

  /** A new handshake begins: of what the one before agreed on, its secrets go on protecting records until they change. */
  #forgetHandshake(): void {
    this.#clientKeyExchange = undefined
    this.#ticket = undefined
    this.#master = undefined
    this.#transcript = []
    this.#transcriptBytes = 0
  }

  #remember(whole: Uint8Array): void {
    if (this.#clientKeyExchange !== undefined || this.#transcriptBytes + whole.length > MOST_TRANSCRIPT) return
    this.#transcript.push(Uint8Array.from(whole))
    this.#transcriptBytes += whole.length
  }

  /** Both directions, as ClientKeyExchange, NewSessionTicket, Finished and KeyUpdate change them. */
  takeClientKeyExchange(body: Uint8Array): void {
    this.#clientKeyExchange = Uint8Array.from(body)
  }

  takeNewSessionTicket(body: Uint8Array): void {
    if (this.#serverHello?.version === TLS_1_3) return
    const cursor = new OctetCursor(body)
    cursor.take(4)
    this.#ticket = Uint8Array.from(cursor.vector(2))
    const master = this.#findMaster()
    if (master !== undefined) this.#secrets.keep(master, this.#ticket)
  }

  takeFinished(sender: TlsSender): void {
    if (this.#serverHello?.version !== TLS_1_3) return
    this.#protect13(sender, sender === 'client' ? 'CLIENT_TRAFFIC_SECRET_0' : 'SERVER_TRAFFIC_SECRET_0')
  }

  takeKeyUpdate(sender: TlsSender): void {
    const { protection } = this.#sides[sender]
    if (protection instanceof Tls13Protection) protection.update()
  }

  #startTls13(): void {
    this.#transcript = []
    this.#protect13('client', 'CLIENT_HANDSHAKE_TRAFFIC_SECRET')
    this.#protect13('server', 'SERVER_HANDSHAKE_TRAFFIC_SECRET')
  }

  #protect13(sender: TlsSender, label: Parameters<SessionSecrets['keyLog']['get']>[0]): void {
    const side = this.#sides[sender]
    side.isProtected = true
    const hello = this.#clientHello
    const secret = hello === undefined ? undefined : this.#secrets.keyLog.get(label, hello.random)
    side.protection =
      secret === undefined || this.#suite === undefined ? undefined : tls13Protection(this.#suite, secret)
  }

  /** RFC 5246 §7.1: what the sender sends from here on is under the keys of the handshake that goes on. */
  #changeCipher(sender: TlsSender): void {
    const side = this.#sides[sender]
    this.#witness.changeCipher(sender)
    side.isProtected = true
    side.handshake = this.#handshakeReader(sender)
    side.protection = this.#tls12Protection(sender)
  }

  #tls12Protection(sender: TlsSender): RecordProtection | undefined {
    const [client, server, suite] = [this.#clientHello, this.#serverHello, this.#suite]
    const master = this.#findMaster()
    if (client === undefined || server === undefined || suite === undefined || master === undefined) return undefined
    this.#secrets.keep(master, server.sessionId)
    return tls12Protection(suite, server, keyBlock(suite, server, client, master)?.[sender])
  }

  #findMaster(): Buffer | undefined {
    const [client, server, suite] = [this.#clientHello, this.#serverHello, this.#suite]
    if (client === undefined || server === undefined || suite === undefined) return undefined
    this.#master ??= this.#secrets.master({
      version: server.version,
      suite,
      clientRandom: client.random,
      serverRandom: server.random,
      sessionId: server.sessionId,
      ticket: client.extensions.get(Extension.SessionTicket),
      clientKeyExchange: this.#clientKeyExchange,
      extendedMasterSecret: server.extendedMasterSecret,
      transcript: this.#transcript,
    })
    return this.#master
  }

  #offersEarlyData(): boolean {
    return this.#clientHello?.extensions.has(Extension.EarlyData) === true
  }

  #lose(side: Side, sender: TlsSender, reason: TlsAnomaly): void {
    side.lost = true
    const at = side.at as FrameRef
    this.#listener.onAnomaly(reason, at)
    this.#listener.onLost(sender, at)
  }

  #anomaly(reason: TlsAnomaly): void {
    const at = this.#sides.client.at ?? this.#sides.server.at
    if (at !== undefined) this.#listener.onAnomaly(reason, at)
  }
}

type Takes = (connection: TlsConnection, sender: TlsSender, body: Uint8Array) => void

const MESSAGES: Readonly<Record<number, Takes>> = {
  [HandshakeType.ClientKeyExchange]: (connection, _, body) => connection.takeClientKeyExchange(body),
  [HandshakeType.NewSessionTicket]: (connection, _, body) => connection.takeNewSessionTicket(body),
  [HandshakeType.Finished]: (connection, sender) => connection.takeFinished(sender),
  [HandshakeType.KeyUpdate]: (connection, sender) => connection.takeKeyUpdate(sender),
}

/** A hello whose octets are its own. */
function copyOfHello<H extends ClientHello | ServerHello>(hello: H): H {
  return {
    ...hello,
    random: Uint8Array.from(hello.random),
    sessionId: Uint8Array.from(hello.sessionId),
    extensions: new Map([...hello.extensions].map(([type, data]) => [type, Uint8Array.from(data)])),
  }
}
