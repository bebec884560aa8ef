import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

const DEADLINE_MS = 60_000
const EVERY_MS = 100

/** Terminals made so far: each has a server of its own, and one that ends takes a while. */
let made = 0

export const TMUX_IS_HERE = spawnSync('tmux', ['-V']).status === 0

/** A shell in a terminal of its own, which a test types into and reads. */
export class TmuxTerminal {
  readonly #socket: string

  constructor(columns: number, rows: number) {
    this.#socket = `srtp-scan-${process.pid}-${++made}`
    const shell = 'env PS1="$ " LC_ALL=C.UTF-8 bash --norc --noprofile'
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, shell)
  }

  /** Text, and after it keys by tmux's names. */
  type(text: string, ...keys: string[]): void {
    if (text !== '') this.#tmux('send-keys', '-l', text)
    if (keys.length > 0) this.#tmux('send-keys', ...keys)
  }

  /** What is on the screen, with the blanks at the ends of lines. */
  lines(): string[] {
    return this.#tmux('capture-pane', '-p', '-N').split('\n').slice(0, -1)
  }

  text(): string {
    return this.lines()
      .map((line) => line.trimEnd())
      .join('\n')
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`)
  }

  /** `alternate_on`, `cursor_flag`, `pane_pid`, … */
  fact(name: string): string {
    return this.#tmux('display-message', '-p', `#{${name}}`).trim()
  }

  /** The screen once it shows this. */
  async until(wanted: RegExp): Promise<string> {
    const begun = performance.now()
    for (;;) {
      const text = this.text()
      if (wanted.test(text)) return text
      if (performance.now() - begun > DEADLINE_MS) throw new Error(`${wanted} has not come up:\n${text}`)
      await sleep(EVERY_MS)
    }
  }

  close(): void {
    this.#tmux('kill-server')
  }

  #tmux(...words: string[]): string {
    const { status, stdout, stderr } = spawnSync('tmux', ['-u', '-L', this.#socket, ...words], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`tmux ${words[0]}: ${stderr}`)
    return stdout
  }
}
