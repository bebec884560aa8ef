/**
 * Text from the wire as a terminal may show it: control characters, and those that turn the direction of writing or
 * are not seen, become `\u{…}`.
 */
export function escapeText(text: string): string {
  let out = ''
  for (const character of text) {
    const code = character.codePointAt(0) as number
    out += isHidden(code) ? `\\u{${code.toString(16)}}` : character
  }
  return out
}

function isHidden(code: number): boolean {
  return (
    code < 32 ||
    (code >= 0x7f && code < 0xa0) ||
    code === 0xad ||
    code === 0x61c ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xd800 && code <= 0xdfff) ||
    code === 0xfeff ||
    (code >= 0xfff0 && code <= 0xfffb) ||
    (code >= 0xe0000 && code <= 0xe007f)
  )
}
