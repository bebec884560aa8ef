/** Where a JSON text stops being one; line and column are counted from 1. */
export interface JsonSyntaxError {
  readonly line: number
  readonly column: number
  /** What should stand there. */
  readonly expected: string
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const LITERAL = /true|false|null/y
const SPACE = /[ \t\n\r]*/y

type Expecting = 'value' | 'value or ]' | 'member or }' | 'member' | 'colon' | 'comma'

/**
 * Finds the first fault of a text that `JSON.parse` refuses (RFC 8259). Its own message is of no use here: it quotes
 * the text around the fault, which in a key file is a key.
 */
export function findJsonSyntaxError(text: string): JsonSyntaxError {
  const open: ('{' | '[')[] = []
  let at = 0
  let expecting: Expecting = 'value'
  for (;;) {
    at = skip(SPACE, text, at)
    const closer = open.at(-1) === '{' ? '}' : ']'
    if (expecting === 'comma') {
      if (open.length === 0) return place(text, at, 'the end of the file')
      if (text[at] === ',') expecting = closer === '}' ? 'member' : 'value'
      else if (text[at] === closer) open.pop()
      else return place(text, at, `"," or "${closer}"`)
      at++
    } else if (expecting === 'colon') {
      if (text[at] !== ':') return place(text, at, '":"')
      expecting = 'value'
      at++
    } else if (expecting === 'member' || expecting === 'member or }') {
      if (text[at] === '}' && expecting === 'member or }') {
        open.pop()
        expecting = 'comma'
        at++
        continue
      }
      const end = stringEnd(text, at)
      if (end === at) return place(text, at, 'a member name in double quotes')
      expecting = 'colon'
      at = end
    } else if (text[at] === ']' && expecting === 'value or ]') {
      open.pop()
      expecting = 'comma'
      at++
    } else if (text[at] === '{' || text[at] === '[') {
      open.push(text[at] as '{' | '[')
      expecting = text[at] === '{' ? 'member or }' : 'value or ]'
      at++
    } else {
      const end = Math.max(stringEnd(text, at), skip(NUMBER, text, at), skip(LITERAL, text, at))
      if (end === at) return place(text, at, text[at] === '"' ? 'a string that ends, with valid escapes' : 'a value')
      expecting = 'comma'
      at = end
    }
  }
}

/** Offset behind the string that starts at `at`, which is `at` where none does. */
function stringEnd(text: string, at: number): number {
  if (text[at] !== '"') return at
  for (let n = at + 1; n < text.length; n++) {
    if (text[n] === '"') return n + 1
    if (text.charCodeAt(n) < 0x20) return at
    if (text[n] !== '\\') continue
    const end = skip(ESCAPE, text, n)
    if (end === n) return at
    n = end - 1
  }
  return at
}

/** Offset behind what the pattern matches at `at`, which is `at` where it does not match. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

function place(text: string, at: number, expected: string): JsonSyntaxError {
  const before = text.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1) as string).length + 1, expected }
}
