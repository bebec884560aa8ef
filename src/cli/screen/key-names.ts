import type { Key } from 'ink'

const NAMED: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
]

const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007f': 'backspace',
  '\u0003': 'ctrl-c',
  '\u001b': 'escape',
}

/** The keys of one piece of input, by the names that the screen knows: keys typed fast come in one piece. */
export function keyNames(input: string, key: Key): string[] {
  const named = NAMED.find(([flag]) => key[flag] === true)
  if (named !== undefined) return [named[1]]
  if (key.tab) return [key.shift ? 'shift-tab' : 'tab']
  if (key.ctrl) return [`ctrl-${input}`]
  // Escape and what was typed behind it come in one piece over a slow line, as Alt does, which means nothing here.
  return [...(key.meta ? ['escape'] : []), ...[...input].map((character) => CONTROLS[character] ?? character)]
}
