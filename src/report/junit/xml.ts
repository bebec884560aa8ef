import { escapeText } from '../escape.ts'
import { escapeMarkup } from '../markup.ts'

/** What XML 1.0 §2.2 allows in no form, and is no control character, is not seen either. */
const NO_CHARACTER = /[\ufffe\uffff]/g

/** What XML has a meaning for, and what is hidden or not allowed. */
const MARKED = /[^ !#-%'-;=?-~]/

/** Text that may be from the wire, for an attribute or between tags: what is hidden or not allowed becomes `\u{…}`. */
export function xmlText(text: string): string {
  if (!MARKED.test(text)) return text
  const visible = escapeText(text).replace(NO_CHARACTER, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`)
  return escapeMarkup(visible)
}

/** Lines, each of which may hold text from the wire. */
export function xmlLines(lines: readonly string[]): string {
  return lines.map((line) => `${xmlText(line)}\n`).join('')
}

/** A tag's name with its attributes; those without a value are left out. */
export function xmlTag(name: string, attributes: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined)
  return [name, ...given.map(([attribute, value]) => `${attribute}="${xmlText(String(value))}"`)].join(' ')
}
