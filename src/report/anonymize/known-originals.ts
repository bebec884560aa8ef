/** Originals of one object of the report that its prose may repeat, with what stands for each. */
export class KnownOriginals {
  readonly #replacements = new Map<string, string>()
  readonly #counts = new Set<string>()

  note(original: string, replacement: string): void {
    if (original !== '' && original !== replacement) this.#replacements.set(original, replacement)
  }

  /** A number of ours: where prose has it, it is no phone number. */
  noteCount(count: number): void {
    this.#counts.add(String(count))
  }

  isCount(digits: string): boolean {
    return this.#counts.has(digits)
  }

  replacementOf(original: string): string | undefined {
    return this.#replacements.get(original)
  }

  /**
   * Where they stand in a text, as the source of a regular expression, the longest first; '' where none does. What is
   * short, or a small number, might be a word of ours as well: it counts in quotes and behind words that name it.
   */
  patternIn(text: string): string {
    const found = this.#shortIn(text)
    found.sort((a, b) => b.length - a.length)
    return found.map((original) => patternOf(original, text)).join('|')
  }

  /** One that is too long for a regular expression, where it stands in a text. */
  longIn(text: string): string | undefined {
    return [...this.#replacements.keys()].find(
      (original) => original.length > MOST_IN_PATTERN && text.includes(original),
    )
  }

  #shortIn(text: string): string[] {
    return [...this.#replacements.keys()].filter(
      (original) => original.length <= MOST_IN_PATTERN && text.includes(original),
    )
  }
}

const LEAST_CHARACTERS = 4
const MOST_IN_PATTERN = 500

function patternOf(original: string, text: string): string {
  const escaped = original.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')
  // A rule that quotes what somebody wrote does so wherever it says it.
  if (text.includes(`"${original}"`)) return `(?<=")${escaped}(?=")`
  const [before, after] = [/^[\p{L}\p{N}]/u.test(original), /[\p{L}\p{N}]$/u.test(original)]
  const bounded = `${before ? NO_WORD_BEFORE : ''}${escaped}${after ? NO_WORD_AFTER : ''}`
  if (original.length >= LEAST_CHARACTERS && !/^\d{1,6}$/.test(original)) return bounded
  const behind = /\p{L}/u.test(original) && original.length > 1 ? NAMING : CALLING
  return `(?<=(?:${behind}) \\(?)${escaped}(?=$|[\\s.,;:)])|(?<= and )${escaped}(?=[.,:])`
}

const CALLING = '[Cc]alls?|Call-ID|serial|label|file'
const NAMING = `${CALLING}|and|of|from|to|by|for|be`
const NO_WORD_BEFORE = '(?<![\\p{L}\\p{N}])'
const NO_WORD_AFTER = '(?![\\p{L}\\p{N}])'
