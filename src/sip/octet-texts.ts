const SLOTS = 8192
/** Longer texts are made anew each time. */
const LONGEST = 64

/**
 * Texts of ASCII octets, the same one for the same octets as long as it is among those read last: the messages of a
 * call repeat its Call-ID, its tags and its branches. Each has storage of its own.
 */
export class OctetTexts {
  readonly #slots: (string | undefined)[] = new Array(SLOTS).fill(undefined)

  get(octets: Buffer, start: number, end: number): string {
    if (end - start > LONGEST) return octets.toString('latin1', start, end)
    const place = hashOf(octets, start, end) & (SLOTS - 1)
    const known = this.#slots[place]
    if (known !== undefined && isSame(known, octets, start, end)) return known
    const text = octets.toString('latin1', start, end)
    this.#slots[place] = text
    return text
  }
}

/** FNV-1a over some eight octets: what looks the same to it gives way to one another. */
function hashOf(octets: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ (end - start)
  const step = ((end - start) >> 3) + 1
  for (let at = end - 1; at >= start; at -= step) hash = Math.imul(hash ^ octets[at], 0x01000193)
  return hash ^ (hash >>> 15)
}

function isSame(text: string, octets: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let n = 0; n < text.length; n++) if (text.charCodeAt(n) !== octets[start + n]) return false
  return true
}
