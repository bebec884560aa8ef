/** Controls, formats (those of direction among them), lone surrogates, line separators, and what is never seen. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Text from the wire as a terminal may show it: control characters, and those that turn the direction of writing or
 * are not seen, become `\u{…}`.
 */
export function escapeText(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`)
}

/** What is beyond ASCII, where alone JSON leaves any of them as they are. */
const BEYOND_ASCII = /[\u007f-\uffff]/

/** The same for JSON text, by JSON's own escapes: what a reader makes of it stays as it was. */
export function escapeJson(json: string): string {
  if (!BEYOND_ASCII.test(json)) return json
  return json.replace(HIDDEN, (character) => (character < ' ' ? character : jsonEscape(character)))
}

function jsonEscape(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
  }).join('')
}
