import { createHash } from 'node:crypto'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { LIMITS, type OnLimit } from '../limits/limits.ts'
import { cipherSuite } from './cipher-suites.ts'
import type { TlsSender } from './handshake-facts.ts'
import { HandshakeType } from './handshake-reader.ts'
import { type ClientHello, Extension, type ServerHello } from './hello.ts'
import { prf } from './key-derivation.ts'
import { OctetCursor } from './octet-cursor.ts'
import { type HandshakeFacts, MASTER_BYTES, type SessionSecrets } from './session-secrets.ts'
import { TLS_1_2 } from './versions.ts'

/** DTLS 1.0 derives its keys as TLS 1.1 does, DTLS 1.2 as TLS 1.2 (RFC 4347 §4, RFC 6347 §4). */
const TLS_VERSIONS: ReadonlyMap<number, number> = new Map([
  [0xfeff, 0x0302],
  [0xfefd, TLS_1_2],
])
/** Versions of DTLS count down. */
const DTLS_1_3 = 0xfefc
const TRANSCRIPT_BYTES = LIMITS.dtlsTranscriptOctets.most
/** Hash functions of a=fingerprint (RFC 8122 §5) that certificates are known by. */
const HASHES = ['sha-1', 'sha-256', 'sha-384', 'sha-512'] as const

/** A handshake message as it counts in the transcript: as if it had come in one fragment (RFC 6347 §4.2.6). */
export interface TranscriptMessage {
  readonly type: number
  readonly sequence: number
  readonly body: Uint8Array
}

/** A certificate by its fingerprints, as a=fingerprint writes them. */
export interface SeenCertificate {
  readonly at: FrameRef
  readonly fingerprints: Readonly<Record<string, string>>
}

/** A DTLS association from its ServerHello on, and what it exports for SRTP (RFC 5764). */
export class DtlsAssociation {
  /** `formatEndpoint` texts. */
  readonly client: string
  readonly server: string
  /** Of the ServerHello. */
  readonly at: FrameRef
  /** DTLS 1.3 hides what it agrees on: nothing is exported, and the profile is the first that is offered. */
  readonly isHidden: boolean
  /** SRTP protection profile that both sides use (RFC 5764 §4.1.2); absent where media is not keyed by it. */
  readonly srtpProfile: number | undefined
  /** MKI of the media's packets, mostly empty (RFC 5764 §4.1.3). */
  readonly mki: Uint8Array
  readonly certificates: Partial<Record<TlsSender, SeenCertificate>> = {}
  readonly clientRandom: Uint8Array
  readonly serverRandom: Uint8Array
  readonly #facts: Omit<HandshakeFacts, 'clientKeyExchange' | 'transcript'> | undefined
  readonly #sessionId: Uint8Array
  readonly #secrets: SessionSecrets
  readonly #finished = new Set<TlsSender>()
  #transcript: Record<TlsSender, TranscriptMessage[]> | undefined
  #transcriptBytes = 0
  #master: Buffer | undefined
  #completedUs: number | undefined
  readonly #onLimit: OnLimit

  constructor(
    ends: { readonly client: string; readonly server: string; readonly at: FrameRef },
    hello: ClientHello,
    answer: ServerHello,
    first: { readonly client: TranscriptMessage; readonly server: TranscriptMessage },
    secrets: SessionSecrets,
    onLimit: OnLimit,
  ) {
    this.#onLimit = onLimit
    this.client = ends.client
    this.server = ends.server
    this.at = ends.at
    this.#secrets = secrets
    // Copies: views would keep the whole messages.
    this.clientRandom = Uint8Array.from(hello.random)
    this.serverRandom = Uint8Array.from(answer.random)
    this.#sessionId = Uint8Array.from(answer.sessionId)
    this.#facts = factsOf(hello, answer, this)
    this.#transcript = { client: [first.client], server: [first.server] }
    this.#transcriptBytes = first.client.body.length + first.server.body.length
    // The server chooses out of what the client offers.
    this.isHidden = answer.version <= DTLS_1_3
    if (this.isHidden) this.#completedUs = ends.at.timeUs
    const chosen = this.isHidden ? hello.srtpProfiles[0] : answer.srtpProfile
    this.srtpProfile = hello.srtpProfiles.includes(chosen ?? -1) ? chosen : undefined
    const useSrtp = new OctetCursor(answer.extensions.get(Extension.UseSrtp) ?? new Uint8Array(0))
    useSrtp.vector(2)
    this.mki = Uint8Array.from(useSrtp.vector(1))
  }

  /** Octets of the handshake that goes on. */
  get heldOctets(): number {
    return this.#transcript === undefined ? 0 : this.#transcriptBytes
  }

  /** No more of its handshake is to come. */
  giveUp(): void {
    this.#transcript = undefined
  }

  /** When both sides had changed to the new keys; absent where the capture does not show it. */
  get completedUs(): number | undefined {
    return this.#completedUs
  }

  /** The same handshake, said again. */
  isOf(clientRandom: Uint8Array, serverRandom?: Uint8Array): boolean {
    const sameClient = Buffer.compare(this.clientRandom, clientRandom) === 0
    return sameClient && (serverRandom === undefined || Buffer.compare(this.serverRandom, serverRandom) === 0)
  }

  /** A message in the clear after the hellos. */
  message(sender: TlsSender, message: TranscriptMessage, at: FrameRef): void {
    this.#note(sender, message, at)
    if (message.type === HandshakeType.Certificate) this.#certificate(sender, message.body, at)
    else if (message.type === HandshakeType.ClientKeyExchange && sender === 'client') this.#keyExchange(message)
    else if (message.type === HandshakeType.NewSessionTicket && sender === 'server') this.#ticket(message.body)
  }

  /** What `sender` sends from here on is protected: ChangeCipherSpec, or a handshake record of a later epoch. */
  changeCipher(sender: TlsSender, at: FrameRef): void {
    this.#finished.add(sender)
    if (this.#finished.size < 2) return
    this.#completedUs ??= at.timeUs
    this.#transcript = undefined
  }

  /** Key material for SRTP of this length, where the master secret is known (RFC 5705 §4, RFC 5764 §4.2). */
  exportForSrtp(length: number): Buffer | undefined {
    const master = this.#masterSecret()
    if (this.#facts === undefined || master === undefined) return undefined
    const { suite, version } = this.#facts
    const seed = Buffer.concat([this.clientRandom, this.serverRandom])
    return prf(version === TLS_1_2 ? suite.prf : undefined, master, 'EXTRACTOR-dtls_srtp', seed, length)
  }

  /** A key log may grow: what is not known is asked for again. */
  #masterSecret(): Buffer | undefined {
    if (this.#master !== undefined) return this.#master
    const master = this.#ask()
    if (master?.length === MASTER_BYTES) this.#learn(master)
    return this.#master
  }

  #learn(master: Buffer): void {
    this.#master = master
    this.#secrets.keep(master, this.#sessionId)
  }

  #ask(clientKeyExchange?: Uint8Array, transcript: readonly Uint8Array[] = []): Buffer | undefined {
    return this.#facts === undefined
      ? undefined
      : this.#secrets.master({ ...this.#facts, clientKeyExchange, transcript })
  }

  #note(sender: TlsSender, message: TranscriptMessage, at: FrameRef): void {
    const messages = this.#transcript?.[sender]
    if (messages === undefined || messages.some(({ sequence }) => sequence === message.sequence)) return
    this.#transcriptBytes += message.body.length
    if (this.#transcriptBytes <= TRANSCRIPT_BYTES) messages.push(message)
    else {
      this.#transcript = undefined
      this.#onLimit('dtlsTranscriptOctets', at)
    }
  }

  /** An RSA private key opens the premaster secret, and only here. */
  #keyExchange(message: TranscriptMessage): void {
    if (this.#master !== undefined) return
    const transcript = this.#transcript === undefined ? undefined : wholeTranscript(this.#transcript, message.sequence)
    if (this.#facts?.extendedMasterSecret === true && transcript === undefined) return
    const master = this.#ask(message.body, transcript ?? [])
    if (master?.length === MASTER_BYTES) this.#learn(master)
  }

  /** RFC 5077 §3.3. */
  #ticket(body: Uint8Array): void {
    const master = this.#masterSecret()
    const cursor = new OctetCursor(body)
    cursor.uint(4)
    if (master !== undefined) this.#secrets.keep(master, cursor.vector(2))
  }

  /** RFC 5246 §7.4.2: the sender's own certificate comes first. */
  #certificate(sender: TlsSender, body: Uint8Array, at: FrameRef): void {
    const leaf = new OctetCursor(new OctetCursor(body).vector(3)).vector(3)
    if (leaf.length === 0 || this.certificates[sender] !== undefined) return
    const fingerprints = Object.fromEntries(HASHES.map((hash) => [hash, fingerprintOf(hash, leaf)]))
    this.certificates[sender] = { at, fingerprints }
  }
}

const NONE = new Uint8Array(0)

/** Undefined where version or suite are not known: nothing can be derived then. */
function factsOf(
  { sessionId, extensions }: ClientHello,
  answer: ServerHello,
  { clientRandom, serverRandom }: DtlsAssociation,
): Omit<HandshakeFacts, 'clientKeyExchange' | 'transcript'> | undefined {
  const suite = cipherSuite(answer.cipherSuite)
  const version = TLS_VERSIONS.get(answer.version)
  if (suite === undefined || version === undefined) return undefined
  // The server repeats the client's session id where it goes on with its session (RFC 5246 §7.3, RFC 5077 §3.4).
  const resumes = sessionId.length > 0 && Buffer.compare(sessionId, answer.sessionId) === 0
  const ticket = resumes ? extensions.get(Extension.SessionTicket) : undefined
  return {
    version,
    suite,
    clientRandom,
    serverRandom,
    sessionId: resumes ? Uint8Array.from(sessionId) : NONE,
    ticket: ticket === undefined ? undefined : Uint8Array.from(ticket),
    extendedMasterSecret: answer.extendedMasterSecret,
  }
}

/** Every message up to ClientKeyExchange in the order of the handshake (RFC 7627 §3), where none is missing. */
function wholeTranscript(
  { client, server }: Readonly<Record<TlsSender, readonly TranscriptMessage[]>>,
  lastOfClient: number,
): Uint8Array[] | undefined {
  const [hello, ...more] = inOrder(client).filter(({ sequence }) => sequence <= lastOfClient)
  const servers = inOrder(server)
  if (!isWhole([hello, ...more]) || !isWhole(servers)) return undefined
  if (servers.at(-1)?.type !== HandshakeType.ServerHelloDone) return undefined
  return [hello, ...servers, ...more].map(inOneFragment)
}

function inOrder(messages: readonly TranscriptMessage[]): TranscriptMessage[] {
  return [...messages].sort((a, b) => a.sequence - b.sequence)
}

function isWhole(messages: readonly TranscriptMessage[]): boolean {
  return messages.every(({ sequence }, n) => sequence === messages[0].sequence + n)
}

function inOneFragment({ type, sequence, body }: TranscriptMessage): Uint8Array {
  const header = Buffer.alloc(12)
  header.writeUInt8(type, 0)
  header.writeUIntBE(body.length, 1, 3)
  header.writeUInt16BE(sequence, 4)
  header.writeUIntBE(body.length, 9, 3)
  return Buffer.concat([header, body])
}

function fingerprintOf(hash: string, certificate: Uint8Array): string {
  const digest = createHash(hash.replace('-', '')).update(certificate).digest('hex').toUpperCase()
  return digest.replace(/..(?=.)/g, '$&:')
}
