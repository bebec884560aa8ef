import type { Snapshot } from '../../live/snapshot.ts'
import { frameLines } from './frame.ts'
import { openKeyboard } from './keyboard.ts'
import { terminalPaint } from './paint.ts'
import { type Action, step } from './reducer.ts'
import { firstState } from './state.ts'
import { Terminal } from './terminal.ts'

export interface ScreenOptions {
  /** What the packets come from: `eth0`. */
  readonly sourceName: string
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly color: boolean
  /** The report is to be saved now. What it returns is said to the user: where it is. */
  readonly onSave: () => Promise<string>
  /** The end is asked for, by q or Ctrl-C; a second time where the user does not want to wait. */
  readonly onQuit: () => void
}

export interface Screen {
  show(snapshot: Snapshot): void
  /** Gives the terminal back as it was. */
  close(): void
}

/**
 * Opens the live screen; nothing where there is no terminal to show it or to type at. The terminal is given back by
 * `close`, when the process exits, before the message of an error that nobody caught, and when a signal ends it.
 */
export async function openScreen(options: ScreenOptions): Promise<Screen | undefined> {
  const { sourceName, stdout, onSave, onQuit } = options
  const keyboard = stdout.isTTY ? openKeyboard(options.stdin) : undefined
  if (keyboard === undefined) return undefined
  const { mountView } = await loadView()

  const terminal = new Terminal(stdout)
  const paint = terminalPaint(options.color)
  const listeners = new Set<() => void>()
  let state = firstState(sourceName, terminal.size)
  let lines: readonly string[] = frameLines(state, paint)

  const take = (action: Action) => {
    const next = step(state, action)
    state = next.state
    lines = frameLines(state, paint)
    for (const changed of listeners) changed()
    if (next.wish === 'quit') onQuit()
    if (next.wish === 'suspend') suspend()
    if (next.wish === 'save') {
      onSave().then(
        (where) => take({ type: 'notice', text: `The report is in ${where}`, failed: false }),
        (error: Error) => take({ type: 'notice', text: `The report was not saved: ${error.message}`, failed: true }),
      )
    }
  }
  const resized = () => {
    terminal.forget()
    take({ type: 'size', size: terminal.size })
  }

  const restore = () => {
    terminal.close()
    if (keyboard.stdin.isRaw) keyboard.stdin.setRawMode(false)
  }
  const resume = () => {
    terminal.open()
    keyboard.stdin.setRawMode(true)
    resized()
  }
  const suspend = () => {
    restore()
    // All of the pipeline, as where the terminal does it. Stops here, until it is sent on.
    process.kill(0, 'SIGTSTP')
    resume()
  }

  process.on('exit', restore)
  process.on('uncaughtExceptionMonitor', restore)
  process.on('SIGCONT', resume)
  stdout.on('resize', resized)
  terminal.open()
  const unmount = mountView(
    {
      lines: () => lines,
      subscribe: (changed) => {
        listeners.add(changed)
        return () => listeners.delete(changed)
      },
      onKey: (key) => take({ type: 'key', key }),
      // A signal that nobody else listens for ends the view first.
      onEnd: restore,
    },
    terminal,
    keyboard.stdin,
  )

  let closed = false
  return {
    show: (snapshot) => {
      if (!closed) take({ type: 'snapshot', snapshot, nowMs: performance.now() })
    },
    close: () => {
      if (closed) return
      closed = true
      terminal.close()
      unmount()
      restore()
      keyboard.close()
      stdout.off('resize', resized)
      process.off('exit', restore)
      process.off('uncaughtExceptionMonitor', restore)
      process.off('SIGCONT', resume)
    },
  }
}

/** React's development build is slower, and measures into a list that grows for as long as the screen is open. */
async function loadView(): Promise<typeof import('./ink-view.ts')> {
  const { NODE_ENV } = process.env
  process.env.NODE_ENV = 'production'
  try {
    return await import('./ink-view.ts')
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = NODE_ENV
  }
}
