import { OctetTexts } from '../sip/octet-texts.ts'
import { OctetWords } from '../sip/octet-words.ts'
import type { CryptoAttribute } from './crypto-attribute.ts'
import { inlineKeyLine } from './crypto-line.ts'
import { CRYPTO, type OnceLine } from './line-cache.ts'

/*
 * Lines that differ from call to call, as nearly everyone writes them, read from their octets. Each function gives
 * undefined where the octets are anything else, however allowed; the readers of texts know all that is.
 */

const SPACE = 0x20
const TILDE = 0x7e
const ZERO = 0x30
const EQUALS = 0x3d

/** Texts that are said again: addresses and formats. */
const TEXTS = new OctetTexts()

/** The last of six or more words of an o= line (RFC 8866 §5.2), with one space between them. */
export function usualOrigin({ octets, start, end }: OnceLine): string | undefined {
  let words = 1
  let last = start + 2
  for (let at = last; at < end; at++) {
    const octet = octets[at]
    if (octet === SPACE) {
      if (at === last || at === end - 1) return undefined
      words++
      last = at + 1
    } else if (octet < SPACE || octet > TILDE) return undefined
  }
  return words < 6 ? undefined : TEXTS.get(octets, last, end)
}

/** Kind, port, and all after it, of an m= line without a number of ports (RFC 8866 §5.14). */
export function usualMediaLine({ octets, start, end }: OnceLine): [string, number, string] | undefined {
  const kind = start + 2
  const kindEnd = afterWord(octets, kind, end)
  const portStart = kindEnd + 1
  let port = 0
  let at = portStart
  for (; at < end && octets[at] >= ZERO && octets[at] <= ZERO + 9; at++) port = port * 10 + octets[at] - ZERO
  if (kindEnd === kind || octets[kindEnd] !== SPACE || at === portStart || at - portStart > 5) return undefined
  if (port > 0xffff || octets[at] !== SPACE || at + 1 >= end) return undefined
  // What follows is told apart by its octets, and read as a text where it is new.
  if (octets[at + 1] <= SPACE || octets[at + 1] > TILDE || octets[end - 1] <= SPACE || octets[end - 1] > TILDE)
    return undefined
  for (let each = at + 2; each < end; each++) if (octets[each] > TILDE) return undefined
  return [TEXTS.get(octets, kind, kindEnd), port, TEXTS.get(octets, at + 1, end)]
}

/** `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…`: one key, and nothing behind it (RFC 4568 §9.2). */
export function usualCryptoLine({ octets, start, end }: OnceLine): CryptoAttribute | undefined {
  const tagStart = start + CRYPTO.length
  let tag = 0
  let at = tagStart
  for (; at < end && octets[at] >= ZERO && octets[at] <= ZERO + 9; at++) tag = tag * 10 + octets[at] - ZERO
  if (at === tagStart || at - tagStart > 9 || octets[at] !== SPACE) return undefined
  const suiteEnd = afterWord(octets, at + 1, end)
  const suite = SUITE_WORDS.indexOf(octets, at + 1, suiteEnd)
  const key = suiteEnd + 1
  if (suite < 0 || octets[suiteEnd] !== SPACE) return undefined
  for (let n = 0; n < INLINE.length; n++) if (octets[key + n] !== INLINE[n]) return undefined
  if (mayBeMasked(octets, key + INLINE.length, end)) return undefined
  const keyOctets = decodeBase64(octets, key + INLINE.length, end)
  return keyOctets === undefined ? undefined : inlineKeyLine(tag, SUITES[suite], keyOctets)
}

/** Digits of the shortest master key with its salt (RFC 7714 §12). */
const LEAST_DIGITS = 38

/** One character or octet so often in a row as in a mask (masked-key.ts), or too little for a key. */
function mayBeMasked(octets: Buffer, start: number, end: number): boolean {
  for (let at = start; at + 8 < end; at += 8) {
    if (octets[at] === octets[at + 4] && octets[at] === octets[at + 8]) return true
  }
  return end - start < LEAST_DIGITS
}

/** As registered, without those that hardly anyone offers. */
const SUITES = [
  ...['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32', 'F8_128_HMAC_SHA1_80'],
  ...['AES_192_CM_HMAC_SHA1_80', 'AES_192_CM_HMAC_SHA1_32', 'AES_256_CM_HMAC_SHA1_80', 'AES_256_CM_HMAC_SHA1_32'],
  ...['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM'],
]
const SUITE_WORDS = new OctetWords(SUITES, false)
const INLINE = Buffer.from('inline:')

/** The first index that is no printable octet other than space. */
function afterWord(octets: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && octets[at] > SPACE && octets[at] <= TILDE) at++
  return at
}

const NO_DIGIT = 0x80
/** What the digits of base64 stand for (RFC 4648 §4). */
const BASE64 = new Uint8Array(256).fill(NO_DIGIT)
for (const [value, digit] of Buffer.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
).entries()) {
  BASE64[digit] = value
}

/** More digits are for the reader of texts. */
const MOST_DIGITS = 128
const DECODED = Buffer.alloc(MOST_DIGITS)

/** The octets, a character each. */
function decodeBase64(octets: Buffer, start: number, lineEnd: number): string | undefined {
  let end = lineEnd
  for (let padding = 0; padding < 2 && octets[end - 1] === EQUALS; padding++) end--
  const digits = end - start
  if (digits <= 0 || digits % 4 === 1 || digits > MOST_DIGITS) return undefined
  let length = 0
  let wrong = 0
  for (let at = start; at < end; at += 4) {
    const a = BASE64[octets[at]]
    const b = BASE64[octets[at + 1]]
    const c = at + 2 < end ? BASE64[octets[at + 2]] : 0
    const d = at + 3 < end ? BASE64[octets[at + 3]] : 0
    wrong |= a | b | c | d
    DECODED[length++] = (a << 2) | (b >> 4)
    DECODED[length++] = (b << 4) | (c >> 2)
    DECODED[length++] = (c << 6) | d
  }
  return wrong >= NO_DIGIT ? undefined : DECODED.toString('latin1', 0, (digits * 3) >> 2)
}
