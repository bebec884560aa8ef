/** Controls, formats and what is never seen, that JSON.stringify leaves as they are; \n is its own, between lines. */
const HIDDEN = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
const DELETE = '\x7f'

/** JSON that says the same and does nothing to a terminal that it is shown on: hidden characters become `\uXXXX`. */
export function harmlessJson(json: string): string {
  if (isPrintable(json)) return json
  return json.replace(HIDDEN, (character) =>
    Array.from(
      { length: character.length },
      (_, n) => `\\u${character.charCodeAt(n).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}

/** Of JSON, which has no controls but DEL and those beyond ASCII: an expression over 100 MB would take ten times as long. */
function isPrintable(json: string): boolean {
  return Buffer.byteLength(json) === json.length && !json.includes(DELETE)
}
