import { EventEmitter } from 'node:events'
import type { Size } from './state.ts'

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J'
/** From the last line, as curses does: tmux mixes the screens where it was made larger and the cursor is further up. */
const LEAVE = '\u001b[999;1H\u001b[?7h\u001b[?25h\u001b[?1049l'
/** The terminal shows what comes between these at once (synchronized update). */
const [BEGIN, END] = ['\u001b[?2026h', '\u001b[?2026l']
/** Before a line and not behind it: behind one that fills the screen it would erase the last column. */
const ERASE = '\u001b[2K'

/**
 * What Ink writes to: it takes whole frames and writes the lines that have changed. Ink itself would clear the terminal
 * before each frame that fills it, and with it the lines that the user could scroll back to.
 *
 * While it is open it holds the alternate screen, without a cursor, and without breaking lines that are too long.
 */
export class Terminal extends EventEmitter {
  readonly #stdout: NodeJS.WriteStream
  #lines: string[] = []
  #open = false

  constructor(stdout: NodeJS.WriteStream) {
    super()
    this.#stdout = stdout
  }

  get size(): Size {
    return { columns: this.columns, rows: this.rows }
  }

  get columns(): number {
    return this.#stdout.columns || 80
  }

  get rows(): number {
    return this.#stdout.rows || 24
  }

  open(): void {
    if (this.#open) return
    this.#open = true
    this.#lines = []
    this.#stdout.write(ENTER)
  }

  /** As it was before, however often it is called; afterwards frames go nowhere. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#stdout.write(LEAVE)
  }

  /** Forgets what is on the screen: the next frame is written as a whole. */
  forget(): void {
    if (!this.#open) return
    this.#lines = []
    this.#stdout.write('\u001b[2J')
  }

  /** A frame: its lines, of which the last has no end. */
  write(frame: string): boolean {
    if (!this.#open) return true
    const lines = frame.split('\n').slice(0, this.rows)
    const changed = lines.flatMap((line, n) => (line === this.#lines[n] ? [] : [`\u001b[${n + 1};1H${ERASE}${line}`]))
    if (lines.length < this.#lines.length) changed.push(`\u001b[${lines.length + 1};1H\u001b[J`)
    this.#lines = lines
    return changed.length === 0 || this.#stdout.write(BEGIN + changed.join('') + END)
  }
}
