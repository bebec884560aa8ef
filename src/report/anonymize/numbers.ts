import { type Keyed, remembered } from './keyed.ts'

/** Digits with what is written between them (RFC 3966 §5.1.1), and the signs of service codes. */
const NUMBER = /^[+*#]?[\d*#().\-\s/]*\d[\d*#().\-\s/]*$/

/** Countries of two digits (ITU-T E.164); 1 and 7 have one, all others three. */
const TWO_DIGITS = /^(?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/
/** Below it a number is a service's or an extension, and has no country code. */
const LEAST_INTERNATIONAL = 7
/** Digits that decide what the next one becomes: more than any number has. */
const MOST_BEFORE = 32
/** Digits that cannot well be national: with a country code, and without its plus. */
const [LEAST_BARE, MOST_BARE] = [11, 15]

export function isNumber(text: string): boolean {
  return NUMBER.test(text)
}

/**
 * Numbers by others of the same length and shape: country codes and leading zeros stay, each further digit becomes
 * another by what stands before it, so that numbers of one range stay together and no two become one. A number with +,
 * with 00 and with neither, if it is long, has the same digits afterwards.
 */
export class Numbers {
  readonly #keyed: Keyed

  constructor(keyed: Keyed) {
    this.#keyed = keyed
  }

  readonly replaced = remembered((text) => {
    const digits = text.replace(/\D/g, '')
    const replaced = this.#digits(digits, text.trimStart().startsWith('+'))
    let next = 0
    return text.replace(/\d/g, () => replaced[next++])
  })

  #digits(digits: string, hasPlus: boolean): string {
    const international = internationalPart(digits, hasPlus)
    if (international === undefined) {
      const zeros = /^0*/.exec(digits)?.[0].length as number
      return digits.slice(0, zeros) + this.#permuted(digits.slice(zeros), `number ${hasPlus} ${zeros} ${digits.length}`)
    }
    const code = codeLength(international)
    const before = digits.slice(0, digits.length - international.length + code)
    return before + this.#permuted(international.slice(code), `number of ${international.slice(0, code)}`)
  }

  /** The first digit that is no zero always becomes another one, that is no zero either. */
  #permuted(digits: string, purpose: string): string {
    let replaced = ''
    let first = true
    for (let n = 0; n < digits.length; n++) {
      const digit = Number(digits[n])
      if (first && digit === 0) {
        replaced += '0'
        continue
      }
      const octets = this.#keyed.octets(purpose, `${n} ${digits.slice(Math.max(0, n - MOST_BEFORE), n)}`)
      replaced += first ? ((digit + (octets[0] % 8)) % 9) + 1 : permutation(octets)[digit]
      first = false
    }
    return replaced
  }
}

/** What follows + or 00, country code first; undefined where there is no country code. */
function internationalPart(digits: string, hasPlus: boolean): string | undefined {
  const isBare = digits.length >= LEAST_BARE && digits.length <= MOST_BARE
  const part = hasPlus || (isBare && digits[0] !== '0') ? digits : digits.startsWith('00') ? digits.slice(2) : undefined
  return part !== undefined && part.length >= LEAST_INTERNATIONAL && part[0] !== '0' ? part : undefined
}

function codeLength(digits: string): number {
  if (digits[0] === '1' || digits[0] === '7') return 1
  return TWO_DIGITS.test(digits) ? 2 : 3
}

/** The digits in an order that the octets say. */
function permutation(octets: Buffer): number[] {
  const order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
  for (let n = 9; n > 0; n--) {
    const other = octets[n] % (n + 1)
    ;[order[n], order[other]] = [order[other], order[n]]
  }
  return order
}
