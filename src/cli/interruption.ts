import { SIGNALS, type Signal, statusOfSignal } from './unfinished.ts'

/**
 * Listens to Ctrl-C, SIGTERM and the end of the terminal (which Node does not let nohup hide): the first one lets what is
 * under way end, the second ends the process.
 */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #said: string | undefined
  /** What the command ends with; absent where there was none. */
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
    const status = statusOfSignal(name)
    // The end of a terminal is told by the system, and by the shell once more.
    if (this.status !== undefined && name === 'SIGHUP') return
    if (this.status !== undefined) process.exit(status)
    this.status = status
    if (this.#said !== undefined) process.stderr.write(`srtp-scan: ${this.#said}\n`)
    this.#controller.abort()
  }
}
