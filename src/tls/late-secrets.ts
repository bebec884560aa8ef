import { OldestFirst } from '../bytes/oldest-first.ts'
import { LIMITS } from '../limits/limits.ts'
import type { KeyLog } from './key-log.ts'

/** A connection whose sealed records wait for their secret. */
export interface WaitingConnection {
  /** Octets that wait. */
  readonly heldBytes: number
  /** Secrets have come, perhaps its own. */
  retry(): void
  /** There is no room: what waits stays sealed. */
  giveUp(): void
}

/** Connections that wait for what a growing key log may still bring; the one that has waited longest gives way. */
export class LateSecrets {
  readonly #keyLog: KeyLog
  /** With the octets that each is counted for. */
  readonly #waiting = new Map<WaitingConnection, number>()
  readonly #longestWaiting = new OldestFirst(this.#waiting)
  #held = 0
  readonly #mostOctets: number

  /** @param mostOctets of sealed records that wait, of all connections together */
  constructor(keyLog: KeyLog, mostOctets: number = LIMITS.tlsRecordsHeldOctetsInAll.most) {
    this.#keyLog = keyLog
    this.#mostOctets = mostOctets
    if (keyLog.grows) keyLog.whenGrown(() => this.#retry())
  }

  /** Secrets may still come. */
  get expected(): boolean {
    return this.#keyLog.grows
  }

  /** Takes note of how much of a connection waits: nothing ends its waiting. */
  update(connection: WaitingConnection): void {
    const { heldBytes } = connection
    this.#held += heldBytes - (this.#waiting.get(connection) ?? 0)
    if (heldBytes === 0) this.#waiting.delete(connection)
    else this.#waiting.set(connection, heldBytes)
    while (this.#held > this.#mostOctets) this.#longestWaiting.take()?.giveUp()
  }

  #retry(): void {
    for (const connection of [...this.#waiting.keys()]) connection.retry()
  }
}
