/** Controls, formats (those of direction among them), lone surrogates, line separators, and what is never seen. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** Text that nothing is hidden in: nearly all. */
const PLAIN = /^[ -~]*$/

/**
 * Text from the wire as a terminal may show it: control characters, and those that turn the direction of writing or
 * are not seen, become `\u{…}`.
 */
export function escapeText(text: string): string {
  if (PLAIN.test(text)) return text
  return text.replace(HIDDEN, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`)
}
