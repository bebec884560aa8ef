import type { FrameRef } from '../bytes/frame-ref.ts'
import { ConnectionKeys } from './connection-keys.ts'
import { type ConnectionSide, connectionSide, protect } from './connection-side.ts'
import type { TlsConnectionFacts, TlsSender } from './handshake-facts.ts'
import { HandshakeMessages } from './handshake-messages.ts'
import { beginsMessage, HandshakeReader, HandshakeType } from './handshake-reader.ts'
import { HandshakeWitness } from './handshake-witness.ts'
import { type Held, HeldRecords, type HeldRoom, type SideOver } from './held-records.ts'
import { partialHello } from './partial-hello.ts'
import type { RecordProtection } from './record-protection.ts'
import { ContentType, type TlsRecord, TlsRecordReader } from './record-reader.ts'
import type { SessionSecrets } from './session-secrets.ts'
import type { TlsAnomaly, TlsListener } from './tls-listener.ts'
import { TLS_1_3 } from './versions.ts'

/** Sealed records of a side that may still tell something: the rest of its handshake, an alert, its first words. */
const TELLING_RECORDS = 8

/** What TLS 1.3 protects is application data from outside: the others are for middleboxes, or came before keys (RFC 8446 §5). */
const CLEAR_IN_TLS13: ReadonlySet<number> = new Set([ContentType.ChangeCipherSpec, ContentType.Alert])

const BEYOND: Readonly<Record<HeldRoom, TlsAnomaly>> = {
  own: 'tls-records-beyond-those-held',
  all: 'tls-records-beyond-the-room-for-all',
}

const HELLOS: ReadonlySet<number> = new Set([HandshakeType.ClientHello, HandshakeType.ServerHello])

/**
 * Reads one TLS connection of which both directions pass by, each in its own order: handshakes of TLS 1.0 to 1.3 with
 * renegotiation and resumption, and, where secrets allow, what was said inside. Where secrets may still come, sealed
 * records wait for them, and are read in the order in which they came.
 */
export class TlsConnection {
  readonly #listener: TlsListener
  readonly #sides: Readonly<Record<TlsSender, ConnectionSide>>
  readonly #held: HeldRecords
  readonly #keys: ConnectionKeys
  readonly #witness: HandshakeWitness
  readonly #messages: HandshakeMessages

  constructor(secrets: SessionSecrets, listener: TlsListener) {
    this.#listener = listener
    this.#keys = new ConnectionKeys(secrets)
    this.#witness = new HandshakeWitness((reason, at) => this.#listener.onAnomaly(reason, at))
    this.#held = new HeldRecords(secrets.late, {
      readHeld: (one) => this.#readHeld(one),
      unseal: () => {
        this.#witness.unseal()
        for (const side of Object.values(this.#sides)) side.sealedRecords = 0
      },
      sealed: (one) => {
        if (one.what === 'record') this.#sealed(one.sender, one.record, one.at)
      },
      beyond: (room, at) => this.#listener.onAnomaly(BEYOND[room], at),
    })
    this.#sides = { client: this.#side('client'), server: this.#side('server') }
    this.#messages = new HandshakeMessages(this.#sides, this.#keys, this.#witness, {
      onEarly: (content, at) => this.#said('client', content, at),
      onAnomaly: (reason, at) => this.#listener.onAnomaly(reason, at),
    })
  }

  /** What its handshakes showed; grows while the connection lives. */
  get facts(): TlsConnectionFacts {
    return this.#witness
  }

  /** Nothing more of it can be read, or told from outside. */
  get opaque(): boolean {
    const { client, server } = this.#sides
    return this.#held.isEmpty && [client, server].every((side) => side.lost || side.sealedRecords >= TELLING_RECORDS)
  }

  /** Octets of memory that take what is not whole yet, and its handshakes. Records that wait for secrets have their own room. */
  get heldOctets(): number {
    const { client, server } = this.#sides
    const unfinished = client.records.heldOctets + server.records.heldOctets
    return unfinished + client.handshake.heldOctets + server.handshake.heldOctets + this.#messages.heldOctets
  }

  push(sender: TlsSender, octets: Uint8Array, at: FrameRef): void {
    const side = this.#sides[sender]
    if (side.lost || side.closed) return
    side.at = at
    side.records.push(octets)
    if (sender === 'client' && this.#witness.handshakes.length === 0)
      this.#witness.partial(partialHello(side.records.unfinished, side.handshake.unfinished), at)
    if (!side.records.broken) return
    if (side.unsure !== 'joined') this.#listener.onAnomaly('tls-record-malformed', at)
    this.gap(sender, at)
  }

  /** The first octets of a side, where some before them are missing: they need not begin a record. */
  joined(sender: TlsSender): void {
    this.#sides[sender].unsure = 'joined'
  }

  /** Octets are missing: records cannot be found again, and their numbers are lost. */
  gap(sender: TlsSender, at: FrameRef): void {
    const side = this.#sides[sender]
    if (side.lost || side.closed) return
    side.closed = true
    this.#after({ what: 'gap', sender, at })
  }

  /** Nothing more comes of this side. */
  end(sender: TlsSender, at: FrameRef): void {
    this.#after({ what: 'end', sender, at })
  }

  #side(sender: TlsSender): ConnectionSide {
    return connectionSide(new TlsRecordReader((record) => this.#record(sender, record)), this.#handshakeReader(sender))
  }

  #handshakeReader(sender: TlsSender): HandshakeReader {
    return new HandshakeReader((type, body, whole) => this.#messages.take(sender, type, body, whole))
  }

  #record(sender: TlsSender, record: TlsRecord): void {
    const side = this.#sides[sender]
    if (side.lost) return
    const isTls13 = this.#keys.version === TLS_1_3
    if (record.type === ContentType.Handshake && !side.isProtected && side.unsure !== undefined) {
      // Behind a change of cipher only hellos are in the clear: behind a HelloRetryRequest (RFC 8446 §4.1.4, §D.4).
      const isClear = side.unsure === 'joined' || HELLOS.has(record.fragment[0])
      if (isClear && beginsMessage(record.fragment)) side.unsure = undefined
      else side.isProtected = true
    }
    // Joined midway: what is said without a handshake before it is protected by keys that nobody knows.
    if (!side.isProtected && record.type === ContentType.ApplicationData) {
      const early = this.#messages.earlyDataOf(sender)
      if (early !== undefined) early.push(record, side.at as FrameRef)
      else this.#sealed(sender, record, side.at as FrameRef)
    } else if (!side.isProtected || (isTls13 && CLEAR_IN_TLS13.has(record.type))) {
      this.#content(sender, record.type, record.fragment)
    } else if (this.#held.isEmpty && this.#protectionOf(sender) !== undefined) this.#open(sender, record)
    else {
      this.#sealed(sender, record, side.at as FrameRef)
      this.#held.push({ what: 'record', sender, record, at: side.at as FrameRef })
    }
  }

  #protectionOf(sender: TlsSender): RecordProtection | undefined {
    const side = this.#sides[sender]
    if (side.protection === undefined && this.#held.isOpen) side.protection = side.findProtection()
    return side.protection
  }

  #open(sender: TlsSender, record: TlsRecord): void {
    const side = this.#sides[sender]
    const opened = side.protection?.open(record)
    if (opened !== undefined) {
      this.#content(sender, opened.type, opened.content)
      return
    }
    // Early data is under keys of its own: what follows it authenticates again (RFC 8446 §4.2.10).
    const early = this.#messages.earlyDataOf(sender)
    if (early !== undefined) early.push(record, side.at as FrameRef)
    else this.#lose(side, sender, 'tls-record-not-authentic')
  }

  /** False where it has to wait. */
  #readHeld(one: Held): boolean {
    const side = this.#sides[one.sender]
    if (one.what !== 'record') {
      this.#over(one)
      return true
    }
    if (side.lost) return true
    if (this.#protectionOf(one.sender) === undefined) return false
    side.at = one.at
    this.#open(one.sender, one.record)
    return true
  }

  /** What ends a side comes behind the records that wait. */
  #after(one: SideOver): void {
    if (this.#held.isEmpty) this.#over(one)
    else this.#held.push(one)
  }

  #over({ what, sender, at }: SideOver): void {
    const side = this.#sides[sender]
    if (what === 'end') this.#listener.onEnd?.(sender, at)
    else if (!side.lost) this.#listener.onLost(sender, at)
    if (what === 'gap') side.lost = true
  }

  #content(sender: TlsSender, type: number, content: Uint8Array): void {
    const side = this.#sides[sender]
    if (type === ContentType.Handshake) {
      side.handshake.push(content)
      if (side.handshake.broken) this.#lose(side, sender, 'tls-handshake-too-long')
    } else if (type === ContentType.ChangeCipherSpec) {
      // For middleboxes a client of TLS 1.3 says it before the server has said hello (RFC 8446 §D.4).
      const { version } = this.#keys
      if (version === undefined) side.unsure = 'changed'
      else if (version !== TLS_1_3) this.#changeCipher(sender)
    } else if (type === ContentType.ApplicationData) {
      this.#said(sender, content, side.at as FrameRef)
    } else if (type === ContentType.Alert) this.#witness.alert(sender, content, side.at as FrameRef)
  }

  #said(sender: TlsSender, content: Uint8Array, at: FrameRef): void {
    this.#witness.applicationData(sender)
    this.#listener.onApplicationData(sender, content, at)
  }

  /** What a record that cannot be opened shows all the same. */
  #sealed(sender: TlsSender, { type, fragment }: TlsRecord, at: FrameRef): void {
    this.#sides[sender].sealedRecords++
    if (type === ContentType.Alert) this.#witness.alert(sender, undefined, at)
    else if (type === ContentType.Handshake) this.#witness.sealedHandshake(sender, at)
    else if (type === ContentType.ApplicationData) {
      const isTls13 = this.#keys.version === TLS_1_3
      this.#witness.sealedApplicationData(sender, isTls13 ? fragment.length : undefined, at)
    }
  }

  /** RFC 5246 §7.1: what the sender sends from here on is under the keys of the handshake that goes on. */
  #changeCipher(sender: TlsSender): void {
    const side = this.#sides[sender]
    this.#witness.changeCipher(sender)
    side.handshake = this.#handshakeReader(sender)
    protect(side, () => this.#keys.protection12(sender))
  }

  #lose(side: ConnectionSide, sender: TlsSender, reason: TlsAnomaly): void {
    side.lost = true
    const at = side.at as FrameRef
    this.#listener.onAnomaly(reason, at)
    this.#listener.onLost(sender, at)
  }
}
