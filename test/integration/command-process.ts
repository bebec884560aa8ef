import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A `srtp-scan` process of a test's own, with what it says on standard error. */
export class Command {
  readonly child: ChildProcess
  said = ''
  out = ''
  /** Resolves with status and signal when it has ended. */
  readonly ended: Promise<{ readonly status: number | null; readonly signal: string | null }>
  readonly #waiting = new Set<() => void>()

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.on('data', (text) => {
      this.out += text
    })
    this.child.stderr?.on('data', (text) => {
      this.said += text
      for (const wake of this.#waiting) wake()
    })
    this.ended = new Promise((resolve) => {
      this.child.once('close', (status, signal) => {
        resolve({ status, signal })
        for (const wake of this.#waiting) wake()
      })
    })
  }

  /** Resolves when it has said something that matches; rejects where it ends without. */
  async says(what: RegExp): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const found = what.test(this.said)
        if (!found && this.child.exitCode === null && this.child.signalCode === null) return
        this.#waiting.delete(look)
        if (found) resolve()
        else reject(new Error(`ended without ${what}: ${this.said}`))
      }
      this.#waiting.add(look)
      look()
    })
  }

  /** Ids of the processes that it has begun and that live. */
  children(): number[] {
    const { pid } = this.child
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  }
}
