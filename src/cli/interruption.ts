import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
type Signal = (typeof SIGNALS)[number]

/**
 * Listens to Ctrl-C, SIGTERM and the end of the terminal (which Node does not let nohup hide): the first one lets what is
 * under way end, the second ends the process. The exit status is 128 and the signal's number, as a shell has it.
 */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #said: string | undefined
  /** Absent where there was none. */
  status: number | undefined

  /** @param said a line for whoever waits after the first */
  constructor(said?: string) {
    this.#said = said
    for (const name of SIGNALS) process.on(name, this.heard)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  end(): void {
    for (const name of SIGNALS) process.off(name, this.heard)
  }

  /** Called where a terminal gives Ctrl-C as a key, too. */
  readonly heard = (name: Signal): void => {
    const status = 128 + constants.signals[name]
    // The end of a terminal is told by the system, and by the shell once more.
    if (this.status !== undefined && name === 'SIGHUP') return
    if (this.status !== undefined) process.exit(status)
    this.status = status
    if (this.#said !== undefined) process.stderr.write(`srtp-scan: ${this.#said}\n`)
    this.#controller.abort()
  }
}
