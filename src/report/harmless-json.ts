/** Controls, formats and what is never seen, that JSON.stringify leaves as they are; \n is its own, between lines. */
const HIDDEN = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
const BEYOND_ASCII = /[^\n\x20-\x7e]/

/** JSON that says the same and does nothing to a terminal that it is shown on: hidden characters become `\uXXXX`. */
export function harmlessJson(json: string): string {
  if (!BEYOND_ASCII.test(json)) return json
  return json.replace(HIDDEN, (character) =>
    Array.from(
      { length: character.length },
      (_, n) => `\\u${character.charCodeAt(n).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}
