const CONSONANTS = 'bcdfghjklmnprstvwxyz'
const VOWELS = 'aeiou'
/** 100 to the power of 7: two of 100,000 names become the same word in one of 20,000 reports. */
const SYLLABLES = 7

/** A word that can be said and is none, of 14 letters: `kutasomiberola`. */
export function wordOf(octets: Buffer): string {
  let word = ''
  for (let n = 0; n < SYLLABLES; n++) {
    const syllable = octets.readUInt32BE(4 * n) % (CONSONANTS.length * VOWELS.length)
    word += CONSONANTS[Math.floor(syllable / VOWELS.length)] + VOWELS[syllable % VOWELS.length]
  }
  return word
}

/** The same with a capital letter. */
export function nameOf(octets: Buffer): string {
  const word = wordOf(octets)
  return word[0].toUpperCase() + word.slice(1)
}
