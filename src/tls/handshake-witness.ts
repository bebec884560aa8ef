import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS } from '../limits/limits.ts'
import { type ReadCertificates, readCertificate, readCertificate13, readStatus } from './certificate-messages.ts'
import { cipherSuite, type KeyExchange } from './cipher-suites.ts'
import { decompressedCertificate } from './compressed-certificate.ts'
import type {
  AlertFacts,
  CertificateFacts,
  HandshakeFacts,
  PartialHello,
  TlsConnectionFacts,
  TlsSender,
} from './handshake-facts.ts'
import { HandshakeType } from './handshake-reader.ts'
import { type ClientHello, Extension, type ServerHello } from './hello.ts'
import { OctetCursor } from './octet-cursor.ts'
import type { TlsListener } from './tls-listener.ts'
import { TLS_1_3 } from './versions.ts'

/** Handshakes of a connection that are kept; those that follow are like them. */
const MOST_HANDSHAKES = LIMITS.tlsHandshakesOfConnection.most
const MOST_ALERTS = LIMITS.tlsAlertsOfHandshake.most
/** An alert of TLS 1.3 before it is sealed: two octets and the content type (RFC 8446 §5.2). */
const ALERT = 3
/** Octets of zeros behind what a record holds (RFC 8446 §5.4): most stacks add none, Java's JSSE adds 16 to every record. */
const PADDINGS: readonly number[] = [0, 16]
/** A server refuses at once; what comes later may be the end of a connection that nobody used. */
const AT_ONCE_US = 2e6
const NAMED_CURVE = 3
/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 §3.3). */
const RENEGOTIATION_SCSV = 0x00ff

type Draft = { -readonly [Name in keyof HandshakeFacts]: HandshakeFacts[Name] } & { helloDone: boolean }

/** Takes down what the handshakes of one connection show. */
export class HandshakeWitness implements TlsConnectionFacts {
  readonly #handshakes: Draft[] = []
  readonly #spoke = new Set<TlsSender>()
  /** As far as sealed records say. */
  readonly #spokeSealed = new Set<TlsSender>()
  read = false
  beyond = 0
  /** Octets of the certificates that are kept. */
  heldOctets = 0
  readonly #onAnomaly: TlsListener['onAnomaly']
  #partialHello: PartialHello | undefined

  constructor(onAnomaly: TlsListener['onAnomaly'] = () => undefined) {
    this.#onAnomaly = onAnomaly
  }

  get handshakes(): readonly HandshakeFacts[] {
    return this.#handshakes
  }

  get spoke(): readonly TlsSender[] {
    return [...new Set([...this.#spoke, ...this.#spokeSealed])]
  }

  /** What there is of the connection's first ClientHello, which is not whole. */
  partial(found: Omit<PartialHello, 'at'> | undefined, at: FrameRef): void {
    this.#partialHello = found && { ...found, at }
  }

  get partialHello(): PartialHello | undefined {
    return this.#handshakes.length === 0 ? this.#partialHello : undefined
  }

  /** @param octets of the message */
  clientHello(hello: ClientHello, at: FrameRef, octets?: number): void {
    const last = this.#last
    const again = last?.retried === true && last.serverHello === undefined
    const handshake = again ? last : this.#begin(at)
    if (handshake === undefined) return
    const { version, supportedVersions, cipherSuites, groups, signatureAlgorithms, serverName } = hello
    handshake.clientHello = {
      at,
      ...(octets !== undefined && { octets }),
      version,
      supportedVersions,
      cipherSuites,
      groups,
      signatureAlgorithms,
      ...(serverName !== undefined && { serverName }),
      applicationProtocols: hello.applicationProtocols,
      ...((hello.extensions.has(Extension.RenegotiationInfo) || cipherSuites.includes(RENEGOTIATION_SCSV)) && {
        renegotiationInfo: true,
      }),
    }
  }

  serverHello(hello: ServerHello, at: FrameRef): void {
    const handshake = this.#current(at)
    if (handshake === undefined) return
    if (hello.retry) {
      handshake.retried = true
      return
    }
    const { version, cipherSuite: suite, group } = hello
    handshake.serverHello = {
      at,
      version,
      cipherSuite: suite,
      ...(group !== undefined && { group }),
      ...(hello.extensions.has(Extension.RenegotiationInfo) && { renegotiationInfo: true }),
      ...(hello.downgraded && { downgraded: true }),
    }
    if (version === TLS_1_3 && hello.extensions.has(Extension.PreSharedKey)) handshake.resumed = true
  }

  message(sender: TlsSender, type: number, body: Uint8Array, at: FrameRef): void {
    const handshake = this.#current(at)
    if (handshake === undefined) return
    const isTls13 = handshake.serverHello?.version === TLS_1_3
    if (type === HandshakeType.Certificate) {
      this.#certificate(handshake, sender, isTls13 ? readCertificate13(body, at) : readCertificate(body, at))
    } else if (type === HandshakeType.CompressedCertificate) {
      // In the clear nobody may send it (RFC 8879 §1), and anybody could: a hundred octets of brotli fill a window of 16 MB.
      if (isTls13 && handshake.certificates[sender] === undefined) this.#compressed(handshake, sender, body, at)
    } else if (type === HandshakeType.CertificateStatus) {
      const ocsp = readStatus(body)
      const known = handshake.certificates[sender]
      if (known !== undefined && ocsp !== undefined)
        handshake.certificates = { ...handshake.certificates, [sender]: { ...known, ocsp } }
    } else if (type === HandshakeType.CertificateRequest) handshake.certificateRequest ??= at
    else if (type === HandshakeType.ServerHelloDone) handshake.helloDone = true
    else if (type === HandshakeType.ServerKeyExchange) {
      const exchange = cipherSuite(handshake.serverHello?.cipherSuite ?? -1)?.keyExchange
      const keyExchange = readKeyExchange(body, exchange)
      if (keyExchange !== undefined) handshake.keyExchange = keyExchange
    } else if (type === HandshakeType.Finished) {
      handshake.opened = true
      this.#finish(handshake, sender, at)
    }
  }

  #certificate(handshake: Draft, sender: TlsSender, { isTooLong, ...certificate }: ReadCertificates): void {
    if (isTooLong) this.#onAnomaly('tls-chains-too-long', certificate.at)
    this.heldOctets -= octetsOf(handshake.certificates[sender])
    this.heldOctets += octetsOf(certificate)
    handshake.certificates = { ...handshake.certificates, [sender]: certificate }
  }

  /** RFC 8879 §4: in place of Certificate, where the other side has offered it. */
  #compressed(handshake: Draft, sender: TlsSender, body: Uint8Array, at: FrameRef): void {
    const message = decompressedCertificate(body)
    if (message === undefined) this.#onAnomaly('tls-certificate-not-decompressed', at)
    const certificate =
      message === undefined ? { at, chain: [], beyond: 1, isTooLong: false } : readCertificate13(message, at)
    this.#certificate(handshake, sender, certificate)
  }

  /** @param content of the alert; absent where it could not be opened */
  alert(sender: TlsSender, content: Uint8Array | undefined, at: FrameRef): void {
    const handshake = this.#current(at)
    if (handshake === undefined) return
    if (handshake.alerts.length >= MOST_ALERTS) {
      this.#onAnomaly('tls-alerts-beyond-those-judged', at)
      return
    }
    const known = content?.length === 2 ? { level: content[0], description: content[1] } : {}
    const alert: AlertFacts = { sender, at, ...known }
    handshake.alerts = [...handshake.alerts, alert]
  }

  /** TLS 1.2 and before: what `sender` sends from here on is protected. */
  changeCipher(sender: TlsSender): void {
    const handshake = this.#last
    if (handshake !== undefined && sender === 'server' && !handshake.helloDone && handshake.serverHello !== undefined)
      handshake.resumed = true
  }

  /** A handshake record that could not be opened: before TLS 1.3 it is Finished. */
  sealedHandshake(sender: TlsSender, at: FrameRef): void {
    const handshake = this.#current(at)
    if (handshake !== undefined) this.#finish(handshake, sender, at)
  }

  /** Application data that was opened. */
  applicationData(sender: TlsSender): void {
    this.#spoke.add(sender)
    this.read = true
  }

  /** Application data that is not opened. @param tls13Bytes its length under TLS 1.3, where handshake records look alike */
  sealedApplicationData(sender: TlsSender, tls13Bytes: number | undefined, at: FrameRef): void {
    const handshake = tls13Bytes === undefined ? undefined : this.#current(at)
    if (handshake !== undefined) {
      const padding = (tls13Bytes ?? 0) - ALERT - tagOf(handshake.serverHello?.cipherSuite)
      if (sender === 'client') this.#clientSealed(handshake, PADDINGS.includes(padding), at)
      else if (this.spoke.includes('client')) this.#serverSealed(handshake, PADDINGS.includes(padding), at)
      else this.#serverSealedFirst(handshake, padding === 0, at)
    }
    this.#spokeSealed.add(sender)
  }

  /** A client's first words are its Finished, which is longer: those of an alert's length are one (RFC 8446 §5.2). */
  #clientSealed(handshake: Draft, isAlert: boolean, at: FrameRef): void {
    if (!this.spoke.includes('client')) {
      if (isAlert) this.alert('client', undefined, at)
      else {
        handshake.unanswered = at
        voidHiddenAlert(handshake)
      }
    } else if (handshake.unanswered !== undefined && !hasHiddenAlert(handshake)) {
      // Behind its Finished it is close_notify: what answers that refuses nothing.
      handshake.unanswered = isAlert ? undefined : at
    }
  }

  /** Behind the client's Finished a server says tickets or application data, unless it refuses what it was shown. */
  #serverSealed(handshake: Draft, isAlert: boolean, at: FrameRef): void {
    const { unanswered, alerts } = handshake
    if (unanswered === undefined) return
    const isFirst = alerts.every(({ sender }) => sender !== 'server')
    if (isAlert && isFirst && at.timeUs - unanswered.timeUs < AT_ONCE_US) this.alert('server', undefined, at)
    // A second of the length, behind the first, is close_notify, or another word on the same matter (GnuTLS).
    else if (!isAlert || !hasHiddenAlert(handshake)) {
      handshake.unanswered = undefined
      voidHiddenAlert(handshake)
    }
  }

  /**
   * Before the client's Finished no message of the handshake is as short as an alert. What goes on behind it was a message in
   * parts; padded, EncryptedExtensions may be as long.
   */
  #serverSealedFirst(handshake: Draft, isAlert: boolean, at: FrameRef): void {
    if (isAlert && !hasHiddenAlert(handshake)) this.alert('server', undefined, at)
    else voidHiddenAlert(handshake)
  }

  /** The sealed records are read after all: what was concluded from their outsides is void. */
  unseal(): void {
    this.#spokeSealed.clear()
    for (const handshake of this.#handshakes) {
      handshake.alerts = handshake.alerts.filter(({ description }) => description !== undefined)
      delete handshake.unanswered
    }
  }

  get #last(): Draft | undefined {
    return this.#handshakes.at(-1)
  }

  /** The handshake that goes on; one of which the beginning is missing begins here. */
  #current(at: FrameRef): Draft | undefined {
    return this.beyond > 0 ? undefined : (this.#last ?? this.#begin(at))
  }

  #begin(at: FrameRef): Draft | undefined {
    if (this.#handshakes.length >= MOST_HANDSHAKES) {
      this.beyond++
      return undefined
    }
    const handshake: Draft = {
      at,
      retried: false,
      resumed: false,
      certificates: {},
      alerts: [],
      finished: {},
      opened: false,
      helloDone: false,
    }
    this.#handshakes.push(handshake)
    return handshake
  }

  #finish(handshake: Draft, sender: TlsSender, at: FrameRef): void {
    if (handshake.finished[sender] === undefined) handshake.finished = { ...handshake.finished, [sender]: at }
  }
}

/** RFC 8446 §B.4. */
function tagOf(suite: number | undefined): number {
  return /-8$/.test(cipherSuite(suite ?? -1)?.bulk ?? '') ? 8 : 16
}

function isHidden({ sender, description }: AlertFacts): boolean {
  return sender === 'server' && description === undefined
}

function hasHiddenAlert({ alerts }: Draft): boolean {
  return alerts.some(isHidden)
}

/** The server goes on, or is answered: what was as long as an alert was none. */
function voidHiddenAlert(handshake: Draft): void {
  handshake.alerts = handshake.alerts.filter((alert) => !isHidden(alert))
}

function octetsOf(certificates: CertificateFacts | undefined): number {
  return certificates?.chain.reduce((sum, { length }) => sum + length, 0) ?? 0
}

function readKeyExchange(body: Uint8Array, exchange: KeyExchange | undefined): HandshakeFacts['keyExchange'] {
  const cursor = new OctetCursor(body)
  // psk_identity_hint comes first (RFC 4279 §3, RFC 5489 §2).
  if (exchange === 'ecdhe-psk' || exchange === 'dhe-psk') cursor.vector(2)
  if (exchange === 'ecdhe' || exchange === 'ecdh-anon' || exchange === 'ecdhe-psk') {
    return cursor.uint(1) === NAMED_CURVE ? { group: cursor.uint(2) } : undefined
  }
  if (exchange !== 'dhe' && exchange !== 'dh-anon' && exchange !== 'dhe-psk') return undefined
  const prime = cursor.vector(2)
  const first = prime.findIndex((octet) => octet !== 0)
  return first < 0 ? undefined : { dhBits: 8 * (prime.length - first) - Math.clz32(prime[first]) + 24 }
}
