/** A text that is no JSON: where it stops being one, lines and columns counted from 1, and what would be right there. */
export interface JsonFault {
  readonly place: string
  readonly problem: string
}

/**
 * What a JSON text says (RFC 8259), or its first fault. What `JSON.parse` says of a fault is of no use here: it quotes the
 * text around it, which in a key file is a key.
 */
export function readJson(text: string): { readonly value: unknown } | JsonFault {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return firstFault(text)
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const LITERAL = /true|false|null/y
const SPACE = /[ \t\n\r]*/y

/** Walks a text that `JSON.parse` refuses up to what should stand otherwise. Nothing in it is deep: what is open is a list. */
function firstFault(text: string): JsonFault {
  const walk: Walk = { text, at: 0, open: [], step: value }
  for (;;) {
    walk.at = skip(SPACE, text, walk.at)
    const expected = walk.step(walk)
    if (expected !== undefined) return faultAt(text, walk.at, expected)
  }
}

/** Takes in the next part of a text, or says what should stand there. */
type Step = (walk: Walk) => string | undefined

interface Walk {
  readonly text: string
  at: number
  /** What closes the objects and arrays that are open. */
  readonly open: ('}' | ']')[]
  step: Step
}

function value(walk: Walk): string | undefined {
  const { text, at, open } = walk
  if (text[at] === '{' || text[at] === '[') {
    const isObject = text[at] === '{'
    open.push(isObject ? '}' : ']')
    return goOn(walk, at + 1, isObject ? firstMember : firstElement)
  }
  const end = Math.max(stringEnd(text, at), skip(NUMBER, text, at), skip(LITERAL, text, at))
  if (end === at) return text[at] === '"' ? 'a string that ends, with valid escapes' : 'a value'
  return goOn(walk, end, comma)
}

function firstElement(walk: Walk): string | undefined {
  return walk.text[walk.at] === ']' ? close(walk) : value(walk)
}

function firstMember(walk: Walk): string | undefined {
  return walk.text[walk.at] === '}' ? close(walk) : member(walk)
}

function member(walk: Walk): string | undefined {
  const end = stringEnd(walk.text, walk.at)
  return end === walk.at ? 'a member name in double quotes' : goOn(walk, end, colon)
}

function colon(walk: Walk): string | undefined {
  return walk.text[walk.at] === ':' ? goOn(walk, walk.at + 1, value) : '":"'
}

function comma(walk: Walk): string | undefined {
  const { text, at, open } = walk
  const closer = open.at(-1)
  if (closer === undefined) return 'the end of the file'
  if (text[at] === closer) return close(walk)
  return text[at] === ',' ? goOn(walk, at + 1, closer === '}' ? member : value) : `"," or "${closer}"`
}

function close(walk: Walk): undefined {
  walk.open.pop()
  return goOn(walk, walk.at + 1, comma)
}

function goOn(walk: Walk, at: number, step: Step): undefined {
  walk.at = at
  walk.step = step
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

function faultAt(text: string, at: number, expected: string): JsonFault {
  const before = text.slice(0, at).split('\n')
  const column = (before.at(-1) as string).length + 1
  return { place: `line ${before.length}, column ${column}`, problem: `no JSON; ${expected} should stand here` }
}
