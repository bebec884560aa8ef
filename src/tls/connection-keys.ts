import { LIMITS } from '../limits/limits.ts'
import { type CipherSuite, cipherSuite } from './cipher-suites.ts'
import type { TlsSender } from './handshake-facts.ts'
import { type ClientHello, Extension, type ServerHello } from './hello.ts'
import { keyBlock } from './key-block.ts'
import type { SecretLabel } from './key-log.ts'
import { OctetCursor } from './octet-cursor.ts'
import { type RecordProtection, tls12Protection, tls13Protection } from './record-protection.ts'
import type { SessionSecrets } from './session-secrets.ts'
import { TLS_1_3 } from './versions.ts'

/** Octets of handshake kept for the session hash of RFC 7627, at most. */
const MOST_TRANSCRIPT = LIMITS.tlsTranscriptOctets.most

/** What the handshake of a connection agreed on as far as keys go, and the protection that secrets give for it. */
export class ConnectionKeys {
  readonly #secrets: SessionSecrets
  #clientHello: ClientHello | undefined
  #serverHello: ServerHello | undefined
  #suite: CipherSuite | undefined
  #master: Buffer | undefined
  /** The master secret was asked for with all that the handshake shows. */
  #asked = false
  #clientKeyExchange: Uint8Array | undefined
  #ticket: Uint8Array | undefined
  #transcript: Uint8Array[] = []
  #transcriptBytes = 0
  /** Nothing of the transcript was left out. */
  #isWhole = true
  /** Octets of the hellos. */
  #helloBytes = 0

  constructor(secrets: SessionSecrets) {
    this.#secrets = secrets
  }

  /** Octets of handshake messages that are kept. */
  get heldOctets(): number {
    return this.#transcriptBytes + this.#helloBytes
  }

  /** Negotiated; undefined before the ServerHello. */
  get version(): number | undefined {
    return this.#serverHello?.version
  }

  /** client_early_traffic_secret of the last ClientHello, where it is known. */
  get earlySecret(): Uint8Array | undefined {
    return this.#clientHello && this.#secrets.keyLog.get('CLIENT_EARLY_TRAFFIC_SECRET', this.#clientHello.random)
  }

  /** A new handshake begins: of what the one before agreed on, its secrets go on protecting records until they change. */
  clientHello(hello: ClientHello, whole: Uint8Array): void {
    this.#clientHello = copyOfHello(hello)
    this.#clientKeyExchange = undefined
    this.#ticket = undefined
    this.#master = undefined
    this.#asked = false
    this.#transcript = []
    this.#transcriptBytes = 0
    this.#isWhole = true
    this.#helloBytes = whole.length
    this.remember(whole)
  }

  serverHello(hello: ServerHello, whole: Uint8Array): void {
    this.remember(whole)
    if (hello.retry) return
    this.#serverHello = copyOfHello(hello)
    this.#helloBytes += whole.length
    this.#suite = cipherSuite(hello.cipherSuite)
    if (hello.version !== TLS_1_3) return
    this.#transcript = []
    this.#transcriptBytes = 0
  }

  /** A handshake message for the session hash. False where it is the first for which there is no room. */
  remember(whole: Uint8Array): boolean {
    if (this.#clientKeyExchange !== undefined || !this.#isWhole) return true
    if (this.#transcriptBytes + whole.length > MOST_TRANSCRIPT) {
      this.#isWhole = false
      this.#transcript = []
      this.#transcriptBytes = 0
      return false
    }
    this.#transcript.push(Uint8Array.from(whole))
    this.#transcriptBytes += whole.length
    return true
  }

  clientKeyExchange(body: Uint8Array): void {
    this.#clientKeyExchange = Uint8Array.from(body)
  }

  /** RFC 5077 §3.3. */
  newSessionTicket(body: Uint8Array): void {
    if (this.#serverHello?.version === TLS_1_3) return
    const cursor = new OctetCursor(body)
    cursor.take(4)
    this.#ticket = Uint8Array.from(cursor.vector(2))
    this.#findMaster()
  }

  /** What protects the records of one direction under TLS 1.3; undefined where its secret is not known. */
  protection13(label: SecretLabel): RecordProtection | undefined {
    const hello = this.#clientHello
    const secret = hello === undefined ? undefined : this.#secrets.keyLog.get(label, hello.random)
    return secret === undefined || this.#suite === undefined ? undefined : tls13Protection(this.#suite, secret)
  }

  /** The same under TLS 1.2 and before. */
  protection12(sender: TlsSender): RecordProtection | undefined {
    const [client, server, suite] = [this.#clientHello, this.#serverHello, this.#suite]
    const master = this.#findMaster()
    if (client === undefined || server === undefined || suite === undefined || master === undefined) return undefined
    return tls12Protection(suite, server, keyBlock(suite, server, client, master)?.[sender])
  }

  #findMaster(): Buffer | undefined {
    const [client, server, suite] = [this.#clientHello, this.#serverHello, this.#suite]
    if (client === undefined || server === undefined || suite === undefined) return undefined
    const facts = {
      version: server.version,
      suite,
      clientRandom: client.random,
      serverRandom: server.random,
      sessionId: server.sessionId,
      ticket: client.extensions.get(Extension.SessionTicket),
      clientKeyExchange: this.#isWhole || !server.extendedMasterSecret ? this.#clientKeyExchange : undefined,
      extendedMasterSecret: server.extendedMasterSecret,
      transcript: this.#transcript,
    }
    this.#master ??= this.#secrets.master(facts, this.#asked)
    this.#asked = facts.clientKeyExchange !== undefined
    if (this.#master !== undefined) {
      this.#secrets.keep(this.#master, server.sessionId)
      if (this.#ticket !== undefined) this.#secrets.keep(this.#master, this.#ticket)
    }
    return this.#master
  }
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
