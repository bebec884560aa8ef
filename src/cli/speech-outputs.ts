import type { ClearSink } from '../scan/clear-trace.ts'
import { UsageError } from '../scan/usage-error.ts'
import type { SpeechOutput } from './speech-output.ts'

/** Outputs of one decryption. What cannot be written is removed at once, and does not keep the others from being written. */
export class SpeechOutputs {
  /** In the order of the outputs. */
  readonly sinks: readonly ClearSink[]
  readonly #failed = new Map<SpeechOutput, unknown>()
  readonly #outputs: readonly SpeechOutput[]

  constructor(outputs: readonly SpeechOutput[]) {
    this.#outputs = outputs
    this.sinks = outputs.map((output) => this.#sinkOf(output))
  }

  /** Gives what was written its name; returns what is to be said of it, a line each. `failure` says what was not. */
  async finish(): Promise<string[]> {
    for (const output of this.#going) await output.finish().catch((error) => this.#fail(output, error))
    return this.#going.flatMap((output) => output.summary?.() ?? [])
  }

  /** Why some could not be written, where that is so. */
  get failure(): UsageError | undefined {
    if (this.#failed.size === 0) return undefined
    const [first] = this.#failed.values()
    return new UsageError([...this.#failed.values()].map((error) => (error as Error).message).join('; '), first)
  }

  /** What was begun is of no use: it is removed. */
  async abandon(): Promise<void> {
    for (const output of this.#outputs) await output.abandon()
  }

  get #going(): SpeechOutput[] {
    return this.#outputs.filter((output) => !this.#failed.has(output))
  }

  #sinkOf(output: SpeechOutput): ClearSink {
    const attempt =
      <Args extends unknown[]>(call: (...args: Args) => void) =>
      (...args: Args): void => {
        if (this.#failed.has(output)) return
        try {
          call.apply(output, args)
        } catch (error) {
          this.#fail(output, error)
        }
      }
    const { onBegin, onFrame, onRtp, room } = output
    return {
      ...(onBegin && { onBegin: attempt(onBegin) }),
      ...(onFrame && { onFrame: attempt(onFrame) }),
      ...(onRtp && { onRtp: attempt(onRtp) }),
      room: async () => {
        if (!this.#failed.has(output)) await room?.call(output).catch((error) => this.#fail(output, error))
        // No use in going on for nobody.
        if (this.#going.length === 0) throw this.failure
        if (this.#failed.has(output)) await output.abandon()
      },
    }
  }

  #fail(output: SpeechOutput, error: unknown): void {
    this.#failed.set(output, error)
  }
}
