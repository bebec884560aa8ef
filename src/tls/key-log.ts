import { OldestFirst } from '../bytes/oldest-first.ts'
import { type Dropped, LIMITS } from '../limits/limits.ts'

/**
 * Secrets of TLS and DTLS connections by label and client random, as browsers, OpenSSL and Node write them
 * (draft-ietf-tls-keylogfile: `LABEL CLIENT_RANDOM SECRET` in hexadecimal, a line each).
 */
export class KeyLog {
  /** More may come while connections are read: what is sealed waits for it. */
  readonly grows: boolean
  /** What the user gave, and what came with captures. */
  readonly #given = new Map<string, Buffer>()
  readonly #captured = new Map<string, Buffer>()
  readonly #firstGiven = new OldestFirst(this.#given)
  readonly #firstCaptured = new OldestFirst(this.#captured)
  #mostSecrets: number = LIMITS.tlsSecrets.most
  #forgotten = 0
  #linesTooLong = 0
  /** Of the log that comes in parts: the line that is not whole yet, and the octets that are still to come. */
  #line = ''
  #left = 0
  /** The line was too long, and its end is not there yet. */
  #isSkipping = false
  readonly #listeners: (() => void)[] = []
  #lines = 0
  #matched = false

  constructor({ grows = false }: { readonly grows?: boolean } = {}) {
    this.grows = grows
  }

  /** Calls `listener` whenever secrets have come. */
  whenGrown(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** Lines that hold a secret. */
  get size(): number {
    return this.#given.size + this.#captured.size
  }

  /** What was not kept for want of room. */
  get dropped(): Dropped {
    return { tlsSecrets: this.#forgotten, keyLogLineOctets: this.#linesTooLong }
  }

  /** At most so many secrets are kept of those that come with captures, and of a log that grows as well. */
  limit(mostSecrets: number): void {
    this.#mostSecrets = mostSecrets
  }

  /** Lines that are neither empty, nor a comment, nor a secret. */
  get foreignLines(): number {
    return this.#lines
  }

  /** The user gave secrets, and none of them was asked for: they belong to other connections. */
  get matchesNothing(): boolean {
    return this.#given.size > 0 && !this.#matched
  }

  get matchesSomething(): boolean {
    return this.#matched
  }

  /** Takes in whole lines of a key log that the user gives; may be called again as the log grows. */
  add(text: string): void {
    this.#add(text, true)
  }

  #add(text: string, given: boolean): void {
    let isGrown = false
    for (const line of text.split(/\r?\n/)) {
      if (line === '' || line.startsWith('#')) continue
      const [, label, name, secret] = LINE.exec(line) ?? []
      if (label === undefined) this.#lines++
      else {
        this.#put(`${label} ${name.toLowerCase()}`, Buffer.from(secret, 'hex'), given)
        isGrown = true
      }
    }
    if (isGrown) for (const listener of this.#listeners) listener()
  }

  #put(name: string, secret: Buffer, given: boolean): void {
    if (given) {
      this.#captured.delete(name)
      this.#given.set(name, secret)
      // A log that is followed may grow for ever: connections as old as the oldest secrets are over.
      if (this.grows) this.#forget(this.#given, this.#firstGiven)
    } else if (!this.#given.has(name)) {
      this.#captured.set(name, secret)
      this.#forget(this.#captured, this.#firstCaptured)
    }
  }

  #forget(secrets: Map<string, Buffer>, oldest: OldestFirst<string>): void {
    if (secrets.size <= this.#mostSecrets) return
    secrets.delete(oldest.take() as string)
    this.#forgotten++
  }

  /** Overwrites all secrets, when none is asked for any more. */
  wipe(): void {
    for (const secrets of [this.#given, this.#captured]) {
      for (const secret of secrets.values()) secret.fill(0)
      secrets.clear()
    }
  }

  #get(name: string): Buffer | undefined {
    const given = this.#given.get(name)
    if (given === undefined) return this.#captured.get(name)
    this.#matched = true
    return given
  }

  /** A log that comes with the capture, in parts; a line may be in two of them. `left` octets of the log are still to come. */
  addPart(part: Uint8Array, left: number): void {
    // The one before was cut short: its last line is none.
    if (this.#left !== part.length + left) {
      this.#line = ''
      this.#isSkipping = false
    }
    this.#left = left
    const text = this.#line + this.#unskipped(Buffer.from(part.buffer, part.byteOffset, part.length).toString('latin1'))
    const end = left === 0 ? text.length : text.lastIndexOf('\n') + 1
    this.#add(text.slice(0, end), false)
    this.#line = text.slice(end)
    if (this.#line.length <= LONGEST_LINE) return
    this.#linesTooLong++
    this.#line = ''
    this.#isSkipping = true
  }

  /** What is behind the line that was too long. */
  #unskipped(text: string): string {
    if (!this.#isSkipping) return text
    const end = text.indexOf('\n')
    this.#isSkipping = end < 0
    return end < 0 ? '' : text.slice(end + 1)
  }

  /** The secret with this label of the connection whose ClientHello had this random (32 octets). */
  get(label: SecretLabel, clientRandom: Uint8Array): Buffer | undefined {
    return this.#get(`${label} ${Buffer.from(clientRandom).toString('hex')}`)
  }

  /** The master secret of an RSA key exchange, by the first eight octets of the encrypted premaster secret. */
  ofEncryptedPremaster(encrypted: Uint8Array): Buffer | undefined {
    return this.#get(`RSA ${Buffer.from(encrypted.subarray(0, 8)).toString('hex')}`)
  }
}

export type SecretLabel =
  | 'CLIENT_RANDOM'
  | 'CLIENT_HANDSHAKE_TRAFFIC_SECRET'
  | 'SERVER_HANDSHAKE_TRAFFIC_SECRET'
  | 'CLIENT_TRAFFIC_SECRET_0'
  | 'SERVER_TRAFFIC_SECRET_0'
  | 'CLIENT_EARLY_TRAFFIC_SECRET'
  | 'EXPORTER_SECRET'

/** Of a log in parts. */
const LONGEST_LINE = LIMITS.keyLogLineOctets.most
const LINE = /^([A-Z0-9_]{1,64}) ([0-9a-fA-F]{16,64}) ((?:[0-9a-fA-F]{2}){16,96})$/
