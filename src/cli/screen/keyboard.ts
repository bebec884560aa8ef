import { closeSync, openSync } from 'node:fs'
import { isatty, ReadStream } from 'node:tty'

/** Where keys come from. */
export interface Keyboard {
  readonly stdin: NodeJS.ReadStream
  close(): void
}

/** Standard input; where packets come through it, the terminal itself. Nothing where there is none. */
export function openKeyboard(stdin: NodeJS.ReadStream): Keyboard | undefined {
  if (stdin.isTTY) return { stdin, close: () => stdin.pause() }
  let descriptor: number
  try {
    descriptor = openSync('/dev/tty', 'r')
  } catch {
    return undefined
  }
  if (!isatty(descriptor)) {
    closeSync(descriptor)
    return undefined
  }
  const terminal = new ReadStream(descriptor)
  return { stdin: terminal as NodeJS.ReadStream, close: () => terminal.destroy() }
}
