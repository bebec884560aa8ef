import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { PassThrough, type Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { CaptureRequest, CaptureTool, ToolCounts } from './capture-tools.ts'
import { OpenFailure, openFailure } from './open-failure.ts'

/** Of what a tool says, this much is kept to explain its end. */
const MOST_SAID = 4096
const ASKED_EVERY_MS = 1000

/**
 * Packets of an interface through a tool that runs as a child. Hardly anything is kept here: where the reader of
 * `octets` lags, the tool waits, packets wait in the kernel, and what finds no room there is counted as dropped.
 */
export class ChildSource {
  readonly name: string
  readonly tool: CaptureTool
  /** Ends when the tool has ended and its last counts were heard. */
  readonly octets: Readable
  readonly #child: ChildProcessWithoutNullStreams
  readonly #loopback: boolean
  #counts: ToolCounts = {}
  #said = ''
  #line = ''
  #listening: () => void = () => {}
  #stopping: Promise<void> | undefined
  #trouble: string | undefined

  private constructor(tool: CaptureTool, request: CaptureRequest, loopback: boolean) {
    this.name = request.interface
    this.tool = tool
    this.#loopback = loopback
    const [file, ...args] = tool.command(request)
    // In a group of its own: Ctrl-C is for us to hear, and the tool ends when it is told to.
    this.#child = spawn(file, args, { detached: true, env: { ...process.env, LC_ALL: 'C' } })
    const { stdin, stdout, stderr } = this.#child
    stdin.on('error', () => undefined)
    stderr.setEncoding('utf8').on('data', (text: string) => this.#hear(text))
    this.octets = stdout.pipe(new PassThrough(), { end: false })
    // Who reads no further ends the tool: it finds its pipe broken.
    this.octets.once('close', () => stdout.destroy())
  }

  /**
   * Starts the tool; resolves once it captures.
   *
   * @throws OpenFailure where it does not come to that
   */
  static async open(tool: CaptureTool, request: CaptureRequest, loopback: boolean): Promise<ChildSource> {
    const source = new ChildSource(tool, request, loopback)
    await source.#open()
    return source
  }

  #open(): Promise<void> {
    const child = this.#child
    const kill = () => void this.#signal('SIGKILL')
    process.once('exit', kill)
    return new Promise((resolve, reject) => {
      this.#listening = () => {
        this.#askForCounts()
        resolve()
      }
      child.once('error', (cause: NodeJS.ErrnoException) => {
        const kind = cause.code === 'EACCES' ? 'permission' : cause.code === 'ENOENT' ? 'missing' : 'other'
        reject(new OpenFailure(kind, this.tool, `cannot be started (${cause.code})`, cause))
      })
      child.once('close', (_code, signal) => {
        process.removeListener('exit', kill)
        this.#hear('\n')
        const failure = openFailure(this.tool, this.#said, signal)
        if (this.#stopping === undefined) this.#trouble = failure.message
        ;(this.octets as PassThrough).end()
        reject(failure)
      })
    })
  }

  counts(): ToolCounts {
    return this.#counts
  }

  /** Why it ended without being asked to, in the words of the tool: the interface went away, say. */
  trouble(): string | undefined {
    return this.#trouble === undefined ? undefined : `${this.name}: the capture ended by itself (${this.#trouble})`
  }

  /** Resolves when the tool was told to end, after what the kernel holds back for it has come. */
  stop(): Promise<void> {
    this.#stopping ??= wait(this.tool.lagMs, undefined, { ref: false }).then(() => {
      // Its watch ends it too, when our end of its pipe is closed.
      if (!this.#signal('SIGINT')) this.#child.stdin.end()
    })
    return this.#stopping
  }

  #askForCounts(): void {
    const signal = this.tool.countsOn
    if (signal === undefined) return
    const timer = setInterval(() => this.#signal(signal), ASKED_EVERY_MS).unref()
    this.#child.once('exit', () => clearInterval(timer))
  }

  /** False where it has ended, or has stayed a user that we are no more. */
  #signal(signal: NodeJS.Signals): boolean {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined || exitCode !== null || signalCode !== null) return false
    try {
      return process.kill(pid, signal)
    } catch {
      return false
    }
  }

  #hear(text: string): void {
    this.#said = (this.#said + text).slice(-MOST_SAID)
    const lines = (this.#line + text).split(/[\r\n]/)
    this.#line = (lines.pop() as string).slice(-MOST_SAID)
    for (const line of lines) {
      if (this.tool.listening.test(line)) this.#listening()
      this.#counts = { ...this.#counts, ...this.tool.counts(line, this.#loopback) }
    }
  }
}
