/** Where an original that is known stands in a text. */
export interface KnownPlace {
  readonly at: number
  readonly end: number
  readonly replacement: string
}

/** Originals of one object of the report that its prose may repeat, with what stands for each. */
export class KnownOriginals {
  readonly #replacements = new Map<string, string>()
  readonly #ours = new Set<string>()

  note(original: string, replacement: string): void {
    if (original !== '' && original !== replacement) this.#replacements.set(original, replacement)
  }

  /** A count or a key's fingerprint, which may have digits only: where prose has it, it is no phone number. */
  noteOurs(digits: number | string): void {
    this.#ours.add(String(digits))
  }

  isOurs(digits: string): boolean {
    return this.#ours.has(digits)
  }

  /** Where they stand, first ones first, of those in one place the longest. They may overlap. */
  placesIn(text: string): KnownPlace[] {
    const places: KnownPlace[] = []
    for (const [original, replacement] of this.#replacements) {
      const { length } = original
      // A rule that quotes what somebody wrote does so wherever it says it.
      const stands = text.includes(`"${original}"`)
        ? isQuoted
        : length < LEAST || COUNT.test(original)
          ? isNamed
          : isWord
      for (let at = text.indexOf(original); at >= 0; at = text.indexOf(original, at + length)) {
        if (stands(text, at, original)) places.push({ at, end: at + length, replacement })
      }
    }
    return places.sort((a, b) => a.at - b.at || b.end - a.end)
  }
}

/** What is shorter, or a small number, might be a word of ours. */
const LEAST = 4
const COUNT = /^\d{1,6}$/

function isQuoted(text: string, at: number, { length }: string): boolean {
  return text[at - 1] === '"' && text[at + length] === '"'
}

/** At the bounds of words. */
function isWord(text: string, at: number, original: string): boolean {
  const end = at + original.length
  return !(ENDS_IN_WORD.test(before(text, at)) && BEGINS_WORD.test(original)) && !joins(text, end, original)
}

function joins(text: string, end: number, original: string): boolean {
  return BEGINS_WORD.test(text.slice(end, end + 2)) && ENDS_IN_WORD.test(original.slice(-2))
}

const BEGINS_WORD = /^[\p{L}\p{N}]/u
const ENDS_IN_WORD = /[\p{L}\p{N}]$/u

/** Behind words that name it. */
function isNamed(text: string, at: number, original: string): boolean {
  const [earlier, next] = [before(text, at), text.slice(at + original.length, at + original.length + 1)]
  if (/ and $/.test(earlier) && /^[.,:]/.test(next)) return true
  const naming = original.length > 1 && /\p{L}/u.test(original) ? NAMING : CALLING
  return naming.test(earlier) && /^(?:$|[\s.,;:)])/.test(next)
}

const CALLING = /(?:[Cc]alls?|Call-ID|serial|label|file) \(?$/
const NAMING = /(?:[Cc]alls?|Call-ID|serial|label|file|and|of|from|to|by|for|be) \(?$/

/** As much as matters of what stands before a place. */
function before(text: string, at: number): string {
  return text.slice(Math.max(0, at - 12), at)
}
