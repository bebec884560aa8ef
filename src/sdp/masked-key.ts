/** One character so often in a row; in a key that was drawn at random it is never found (64 to the power of -15). */
const RUN = /(.)\1{15}/
/** One character and nothing else, however often. */
const ONE_CHARACTER = /^(.)\1*$/
/** What neither base64 nor base64url has, and people write over them: `****`, `<hidden>`, `[…]`, `....`. */
const OVERWRITTEN = /^[<[({]|…|[*•]{2}|([^A-Za-z0-9+/=_-])\1{2}/
/** Words that say what was done to a key, and those that may stand beside them. */
const DONE =
  /^(?:hidden|masked|removed|redacted|omitted|deleted|stripped|suppressed|obfuscated|anonymi[sz]ed|saniti[sz]ed|filtered|censored|scrubbed|shown)$/i
const BESIDE = /^(?:srtp|master|key|keys|salt|value|data|for|is|was|not|security|privacy)$/i
/** Fewer octets say too little of what they are made of. */
const LEAST_OCTETS = 8

/**
 * Whether what stands in the place of a key is plainly a mask: exports and logs write it over the keys of SDES. That is
 * nothing, one character or octet over and over, what no base64 has and people overwrite with, or a word that says so. What
 * is wrong otherwise (its length, a character) is what its sender sent.
 *
 * @param text behind `inline:`, as far as its first `|`
 */
export function isMaskedKey(text: string): boolean {
  const digits = text.replace(/={1,2}$/, '')
  if (digits === '' || ONE_CHARACTER.test(digits) || RUN.test(digits) || OVERWRITTEN.test(digits)) return true
  if (isOneOctet(Buffer.from(digits, 'base64'))) return true
  const words = digits.split(/[^A-Za-z]+/).filter((word) => word !== '')
  return words.some((word) => DONE.test(word)) && words.every((word) => DONE.test(word) || BESIDE.test(word))
}

function isOneOctet(octets: Uint8Array): boolean {
  return octets.length >= LEAST_OCTETS && octets.every((octet) => octet === octets[0])
}
