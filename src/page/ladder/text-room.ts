/** Pixels that a character of 12 px takes at most on average, whatever font the system has. */
const CHARACTER = 7.4
const NARROW_CHARACTER = 4.2
const WIDE_CHARACTER = 12.5

/** Room that a text of the ladder takes, px: an estimate on the safe side, so that nothing need be measured. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text) {
    if (character > '\u2e7f') width += WIDE_CHARACTER
    else width += " .,:;|!'()[]ijlI".includes(character) ? NARROW_CHARACTER : CHARACTER
  }
  return width
}

/** The first text that has room, else the last, cut. */
export function fitting(texts: readonly string[], room: number): string {
  return texts.find((text) => textWidth(text) <= room) ?? cut(texts[texts.length - 1], room)
}

/** Its begin, where it is wider. */
export function cut(text: string, room: number): string {
  if (textWidth(text) <= room) return text
  let kept = ''
  for (const character of text) {
    if (textWidth(`${kept}${character}…`) > room) break
    kept += character
  }
  return `${kept}…`
}

/** Its end, where it is wider: addresses tell apart by that. */
export function cutFront(text: string, room: number): string {
  if (textWidth(text) <= room) return text
  let kept = ''
  for (const character of [...text].reverse()) {
    if (textWidth(`…${character}${kept}`) > room) break
    kept = character + kept
  }
  return `…${kept}`
}
