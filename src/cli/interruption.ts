import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** What an interruption says to whoever waits. */
const FINISHING = 'srtp-scan: finishing the captures under way; once more quits at once\n'

/**
 * Listens to Ctrl-C and SIGTERM: the first one lets what is under way end, the second ends the process. The exit status
 * is 128 and the signal's number, as a shell has it.
 */
export class Interruption {
  readonly #controller = new AbortController()
  /** Absent where there was none. */
  status: number | undefined

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#heard)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  end(): void {
    for (const name of SIGNALS) process.off(name, this.#heard)
  }

  readonly #heard = (name: (typeof SIGNALS)[number]): void => {
    const status = 128 + constants.signals[name]
    if (this.status !== undefined) process.exit(status)
    this.status = status
    process.stderr.write(FINISHING)
    this.#controller.abort()
  }
}
