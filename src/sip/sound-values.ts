import { CLASSES, DIGIT, HOST, IPV6, PRINTABLE, TOKEN, URI_PARAMETERS, USER, VALUE } from './octet-classes.ts'

/**
 * Values of headers as nearly everyone writes them, stepped over octet by octet. Each function gives the index after
 * what it names, or UNSOUND where the octets are anything else, however allowed: comments, escapes, white space where
 * the grammar permits it, several values in a line. What is sound breaks no rule that the full parser states.
 * Where a value is looked at up to its line end, that is a CR within the octets.
 */
export const UNSOUND = -1

const CR = 13
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const SLASH = 47
const COLON = 58
const SEMICOLON = 59
const LESS = 60
const EQUALS = 61
const GREATER = 62
const AT = 64
const OPEN = 91
const CLOSE = 93
const BACKSLASH = 92

/** More octets than this make no text that is kept in full. */
export const MOST_OCTETS = 1024
/** Values of one line, and parameters of one value: fewer than the full parser keeps. */
const MOST_VALUES = 4
const MOST_PARAMETERS = 64

/** A stretch of octets; `end` is -1 where there is none. */
export class Span {
  start = 0
  end = -1
  /** Its octets as a text, once somebody asked for it. */
  text: string | undefined

  set(start: number, end: number): void {
    this.start = start
    this.end = end
    this.text = undefined
  }
}

/** What was met while a value was stepped over. */
export class ValueParts {
  /** The URI of a name-addr. */
  readonly uri = new Span()
  readonly tag = new Span()
  readonly branch = new Span()
}

export function afterPrintable(octets: Uint8Array, start: number): number {
  let at = start
  while ((CLASSES[octets[at]] & PRINTABLE) !== 0) at++
  return octets[at] === CR ? at : UNSOUND
}

/** The first index that is no space. */
export function afterSpaces(octets: Uint8Array, start: number): number {
  let at = start
  while (octets[at] === SPACE) at++
  return at
}

export function afterToken(octets: Uint8Array, start: number): number {
  let at = start
  while ((CLASSES[octets[at]] & TOKEN) !== 0) at++
  return at
}

/** The number of one to nine digits that fill a span; -1 for anything else. */
export function numberIn(octets: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > 9) return -1
  let value = 0
  for (let at = start; at < end; at++) {
    if ((CLASSES[octets[at]] & DIGIT) === 0) return -1
    value = value * 10 + octets[at] - 48
  }
  return value
}

/** `[ display-name ] <addr-spec>` or addr-spec, and header parameters (RFC 3261 §20.10). */
export function afterNameAddress(octets: Uint8Array, start: number, parts: ValueParts): number {
  let at = start
  if (octets[at] === QUOTE) {
    at = afterQuoted(octets, at)
    if (at === UNSOUND) return UNSOUND
    at = afterSpaces(octets, at)
    if (octets[at] !== LESS) return UNSOUND
  } else {
    while ((CLASSES[octets[at]] & TOKEN) !== 0 || octets[at] === SPACE) at++
  }
  const bracketed = octets[at] === LESS
  const uriStart = bracketed ? at + 1 : start
  const uriEnd = afterUri(octets, uriStart, bracketed)
  if (uriEnd === UNSOUND || uriEnd - uriStart > MOST_OCTETS) return UNSOUND
  if (bracketed && octets[uriEnd] !== GREATER) return UNSOUND
  parts.uri.set(uriStart, uriEnd)
  return afterParameters(octets, bracketed ? uriEnd + 1 : uriEnd, parts)
}

/** Several name-addr in a line, separated by commas. The parts of the first are kept. */
export function afterNameAddresses(octets: Uint8Array, start: number, parts: ValueParts): number {
  let at = afterNameAddress(octets, start, parts)
  for (let more = 1; at !== UNSOUND && octets[at] === COMMA; more++) {
    if (more === MOST_VALUES) return UNSOUND
    at = afterNameAddress(octets, afterSpaces(octets, at + 1), FURTHER)
  }
  return at
}

const FURTHER = new ValueParts()

/**
 * A sip, sips or tel URI without escapes, password and headers, its scheme in lower case (RFC 3261 §19.1). A bare one
 * ends at its first semicolon, which begins the header's parameters (§20.10).
 */
export function afterUri(octets: Uint8Array, start: number, bracketed: boolean): number {
  const isTel = isWord(octets, start, 116, 101, 108) && octets[start + 3] === COLON
  if (!isTel && !isWord(octets, start, 115, 105, 112)) return UNSOUND
  const rest = octets[start + 3] === 115 ? start + 5 : start + 4
  if (octets[rest - 1] !== COLON) return UNSOUND
  let at = rest
  while ((CLASSES[octets[at]] & USER) !== 0 && (bracketed || (octets[at] !== SEMICOLON && octets[at] !== COMMA))) at++
  if (isTel) return at
  at = afterHostPort(octets, octets[at] === AT ? at + 1 : rest)
  if (at === UNSOUND || !bracketed || octets[at] !== SEMICOLON) return at
  while ((CLASSES[octets[at]] & URI_PARAMETERS) !== 0) at++
  return at
}

function isWord(octets: Uint8Array, at: number, first: number, second: number, third: number): boolean {
  return octets[at] === first && octets[at + 1] === second && octets[at + 2] === third
}

function afterHostPort(octets: Uint8Array, start: number): number {
  let at = start
  if (octets[at] === OPEN) {
    at++
    while ((CLASSES[octets[at]] & IPV6) !== 0) at++
    if (at === start + 1 || octets[at] !== CLOSE) return UNSOUND
    at++
  } else {
    while ((CLASSES[octets[at]] & HOST) !== 0) at++
    if (at === start) return UNSOUND
  }
  if (octets[at] !== COLON) return at
  const port = at + 1
  at = port
  while ((CLASSES[octets[at]] & DIGIT) !== 0) at++
  const number = numberIn(octets, port, at)
  return number >= 0 && number <= 65535 ? at : UNSOUND
}

/** `SIP/2.0/UDP host[:port]` and parameters, a branch of RFC 3261 among them (§20.42, §8.1.1.7). */
export function afterVia(octets: Uint8Array, start: number, parts: ValueParts): number {
  if (!isSip20(octets, start) || octets[start + 7] !== SLASH) return UNSOUND
  const transport = start + 8
  let at = afterToken(octets, transport)
  if (at === transport || octets[at] !== SPACE) return UNSOUND
  at++
  // 255.255.255.255 is stated (RFC 4475 §3.3.10).
  if (isWord(octets, at, 50, 53, 53)) return UNSOUND
  at = afterHostPort(octets, at)
  if (at === UNSOUND) return UNSOUND
  at = afterParameters(octets, at, parts)
  return at !== UNSOUND && hasMagicCookie(octets, parts.branch) ? at : UNSOUND
}

/** `SIP/2.0`. */
export function isSip20(octets: Uint8Array, at: number): boolean {
  return isWord(octets, at, 83, 73, 80) && octets[at + 3] === SLASH && isWord(octets, at + 4, 50, 46, 48)
}

/** `z9hG4bK` in any case, and more. */
function hasMagicCookie(octets: Uint8Array, { start, end }: Span): boolean {
  return (
    end - start > 7 &&
    (octets[start] | 32) === 122 &&
    octets[start + 1] === 57 &&
    (octets[start + 2] | 32) === 104 &&
    (octets[start + 3] | 32) === 103 &&
    octets[start + 4] === 52 &&
    (octets[start + 5] | 32) === 98 &&
    (octets[start + 6] | 32) === 107
  )
}

/** `*( ;name[=value] )`, values perhaps quoted, up to the first octet that is no semicolon. */
export function afterParameters(octets: Uint8Array, start: number, parts: ValueParts): number {
  parts.tag.end = -1
  parts.branch.end = -1
  let at = start
  for (let count = 0; octets[at] === SEMICOLON; count++) {
    const name = at + 1
    const nameEnd = afterToken(octets, name)
    if (nameEnd === name || count === MOST_PARAMETERS) return UNSOUND
    at = nameEnd
    const value = nameEnd + 1
    const isQuoted = octets[nameEnd] === EQUALS && octets[value] === QUOTE
    if (isQuoted) at = afterQuoted(octets, value)
    else if (octets[nameEnd] === EQUALS) {
      at = value
      while ((CLASSES[octets[at]] & VALUE) !== 0) at++
    }
    if (at === UNSOUND) return UNSOUND
    const span = spanOf(octets, name, nameEnd, parts)
    if (span !== undefined && span.end < 0) {
      if (isQuoted || at <= value || at - value > MOST_OCTETS) return UNSOUND
      span.set(value, at)
    }
    // Of a Contact it must be a number (RFC 3261 §20.10); elsewhere it hardly stands.
    if (isExpires(octets, name, nameEnd) && numberIn(octets, value, at) < 0) return UNSOUND
  }
  return at
}

function spanOf(octets: Uint8Array, name: number, end: number, parts: ValueParts): Span | undefined {
  if (end - name === 3 && isFoldedWord(octets, name, 116, 97, 103)) return parts.tag
  if (end - name === 6 && isFoldedWord(octets, name, 98, 114, 97) && isFoldedWord(octets, name + 3, 110, 99, 104))
    return parts.branch
  return undefined
}

function isExpires(octets: Uint8Array, name: number, end: number): boolean {
  return end - name === 7 && isFoldedWord(octets, name, 101, 120, 112) && isFoldedWord(octets, name + 3, 105, 114, 101)
}

/** Letters in any case. */
export function isFoldedWord(octets: Uint8Array, at: number, first: number, second: number, third: number): boolean {
  return (octets[at] | 32) === first && (octets[at + 1] | 32) === second && (octets[at + 2] | 32) === third
}

/** A quoted string without escapes, `start` being its quote. */
function afterQuoted(octets: Uint8Array, start: number): number {
  let at = start + 1
  while ((CLASSES[octets[at]] & PRINTABLE) !== 0 && octets[at] !== QUOTE && octets[at] !== BACKSLASH) at++
  return octets[at] === QUOTE ? at + 1 : UNSOUND
}
