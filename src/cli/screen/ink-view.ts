import { Box, render, Text, useInput } from 'ink'
import { createElement, useLayoutEffect, useSyncExternalStore } from 'react'
import { keyNames } from './key-names.ts'
import type { Terminal } from './terminal.ts'

/** What the view shows, and whom it tells of keys. */
export interface ViewModel {
  /** The lines of the screen, the same array as long as nothing has changed. */
  readonly lines: () => readonly string[]
  /** Calls back when they have; returns how to end that. */
  readonly subscribe: (changed: () => void) => () => void
  readonly onKey: (key: string) => void
  readonly onEnd: () => void
}

function View({ lines, subscribe, onKey, onEnd }: ViewModel) {
  const shown = useSyncExternalStore(subscribe, lines)
  useInput((input, key) => keyNames(input, key).forEach(onKey))
  useLayoutEffect(() => onEnd, [onEnd])
  return createElement(
    Box,
    { flexDirection: 'column' },
    // A line without text would have no height.
    ...shown.map((line, n) => createElement(Text, { key: n, wrap: 'truncate' }, line === '' ? ' ' : line)),
  )
}

/** Shows the model's lines in a terminal until what it returns is called. */
export function mountView(model: ViewModel, terminal: Terminal, stdin: NodeJS.ReadStream): () => void {
  const instance = render(createElement(View, model), {
    stdout: terminal as unknown as NodeJS.WriteStream,
    stdin,
    // Ctrl-C ends the scan with its report, and not the view alone.
    exitOnCtrlC: false,
    patchConsole: false,
    // Ink then writes every frame as it is, which is what the terminal wants (see there).
    debug: true,
  })
  return () => instance.unmount()
}
