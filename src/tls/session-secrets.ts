import { constants, createHash, type KeyObject, privateDecrypt } from 'node:crypto'
import { OldestFirst } from '../bytes/oldest-first.ts'
import { ceilingOf, type Dropped, LIMITS, memoryBytes } from '../limits/limits.ts'
import type { CipherSuite } from './cipher-suites.ts'
import { prf } from './key-derivation.ts'
import type { KeyLog } from './key-log.ts'
import { LateSecrets } from './late-secrets.ts'
import { TLS_1_2 } from './versions.ts'

/** What the user gave to read TLS with. */
export interface TlsSecrets {
  readonly keyLog: KeyLog
  /** RSA private keys: they open handshakes with RSA key exchange, and no others. */
  readonly privateKeys: readonly KeyObject[]
}

/** What is known of a handshake of TLS 1.2 or before when its master secret is asked for. */
export interface HandshakeFacts {
  readonly version: number
  readonly suite: CipherSuite
  readonly clientRandom: Uint8Array
  readonly serverRandom: Uint8Array
  readonly sessionId: Uint8Array
  readonly ticket: Uint8Array | undefined
  /** Body of ClientKeyExchange; absent in an abbreviated handshake. */
  readonly clientKeyExchange: Uint8Array | undefined
  readonly extendedMasterSecret: boolean
  /** The handshake messages up to ClientKeyExchange (RFC 7627 §3). */
  readonly transcript: readonly Uint8Array[]
}

/** A master secret (RFC 5246 §8.1). */
export const MASTER_BYTES = 48
/** Sessions whose master secret is kept for a resumption; the oldest gives way. */
const MAX_SESSIONS = LIMITS.tlsSessions.most

/** Finds master secrets: in the key log, through an RSA key, or from the session that a handshake resumes. */
export class SessionSecrets {
  readonly #secrets: TlsSecrets
  readonly #sessions = new Map<string, Buffer>()
  readonly #oldest = new OldestFirst(this.#sessions)
  /** Connections that wait for secrets that are still to come. */
  readonly late: LateSecrets

  #forgotten = 0
  #hasOpenedByKey = false

  /** @param maxMemoryBytes what the limits follow that follow --max-memory */
  constructor(secrets: TlsSecrets, maxMemoryBytes: number = memoryBytes()) {
    this.#secrets = secrets
    this.late = new LateSecrets(secrets.keyLog, ceilingOf('tlsRecordsHeldOctetsInAll', maxMemoryBytes))
    secrets.keyLog.limit(ceilingOf('tlsSecrets', maxMemoryBytes))
  }

  /** What was forgotten for want of room, of key logs too. */
  get dropped(): Dropped {
    return { tlsSessions: this.#forgotten, ...this.keyLog.dropped }
  }

  get keyLog(): KeyLog {
    return this.#secrets.keyLog
  }

  /** The user gave private keys, and none of them opened a handshake. */
  get privateKeysOpenNothing(): boolean {
    return this.#secrets.privateKeys.length > 0 && !this.#hasOpenedByKey
  }

  /**
   * The master secret of TLS 1.2 and before; undefined where nothing that was given opens the handshake.
   *
   * @param again it was asked for before: private keys, which do not change, are not tried once more
   */
  master(facts: HandshakeFacts, again = false): Buffer | undefined {
    const { clientRandom, clientKeyExchange } = facts
    const keys = again ? [] : this.#secrets.privateKeys
    const logged = this.keyLog.get('CLIENT_RANDOM', clientRandom)
    return (
      (logged && Buffer.from(logged)) ??
      (clientKeyExchange === undefined ? this.#resumed(facts) : this.#fromRsa(facts, clientKeyExchange, keys))
    )
  }

  /** Keeps a master secret for the handshakes that resume its session, by id (RFC 5246 §7.3) or ticket (RFC 5077 §3). */
  keep(master: Buffer, name: Uint8Array): void {
    if (name.length === 0) return
    const session = digest(name)
    if (this.#sessions.size >= MAX_SESSIONS && !this.#sessions.has(session)) {
      this.#sessions.delete(this.#oldest.take() as string)
      this.#forgotten++
    }
    this.#sessions.set(session, master)
  }

  /** Overwrites the master secrets that are kept; those of the key log are its own. */
  wipe(): void {
    for (const master of this.#sessions.values()) master.fill(0)
    this.#sessions.clear()
  }

  #resumed({ sessionId, ticket }: HandshakeFacts): Buffer | undefined {
    return (
      (ticket === undefined || ticket.length === 0 ? undefined : this.#sessions.get(digest(ticket))) ??
      (sessionId.length === 0 ? undefined : this.#sessions.get(digest(sessionId)))
    )
  }

  /** RFC 5246 §7.4.7.1, §8.1.1. */
  #fromRsa(facts: HandshakeFacts, clientKeyExchange: Uint8Array, keys: readonly KeyObject[]): Buffer | undefined {
    if (facts.suite.keyExchange !== 'rsa' || clientKeyExchange.length < 3) return undefined
    const encrypted = clientKeyExchange.subarray(2)
    const logged = this.keyLog.ofEncryptedPremaster(encrypted)
    if (logged !== undefined) return logged.length === MASTER_BYTES ? masterOf(facts, logged) : undefined
    for (const key of keys) {
      const premaster = decrypted(key, encrypted)
      if (premaster === undefined) continue
      this.#hasOpenedByKey = true
      const master = masterOf(facts, premaster)
      premaster.fill(0)
      return master
    }
    return undefined
  }
}

function masterOf(facts: HandshakeFacts, premaster: Uint8Array): Buffer {
  const { version, suite, clientRandom, serverRandom, extendedMasterSecret, transcript } = facts
  const hash = version === TLS_1_2 ? suite.prf : undefined
  if (!extendedMasterSecret) {
    return prf(hash, premaster, 'master secret', Buffer.concat([clientRandom, serverRandom]), MASTER_BYTES)
  }
  return prf(hash, premaster, 'extended master secret', sessionHash(hash, transcript), MASTER_BYTES)
}

/** RFC 7627 §3; before TLS 1.2 MD5 and SHA-1 together (RFC 4346 §7.4.9). */
function sessionHash(hash: CipherSuite['prf'] | undefined, transcript: readonly Uint8Array[]): Buffer {
  const over = (name: string) => transcript.reduce((sum, part) => sum.update(part), createHash(name)).digest()
  return hash === undefined ? Buffer.concat([over('md5'), over('sha1')]) : over(hash)
}

/** 48 octets, or nothing: another key's premaster comes out as noise, or not at all. */
function decrypted(key: KeyObject, encrypted: Uint8Array): Buffer | undefined {
  if (encrypted.length !== (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8) return undefined
  try {
    // Node refuses PKCS #1 v1.5 padding where its OpenSSL cannot hide its errors: the padding is taken off here.
    const block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encrypted)
    const end = block.length - MASTER_BYTES - 1
    const isPadded = block[0] === 0 && block[1] === 2 && block.indexOf(0, 2) === end
    return isPadded ? block.subarray(end + 1) : undefined
  } catch {
    return undefined
  }
}

function digest(name: Uint8Array): string {
  return createHash('sha256').update(name).digest('base64')
}
