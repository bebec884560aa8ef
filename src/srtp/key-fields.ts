import { chooseReading, readOctets } from './key-octets.ts'
import { EntryProblem } from './keys-error.ts'
import { MAX_MKI_LENGTH, type RolloverCounterCarrying } from './session-keys.ts'
import { type CryptoSuite, SUITES, suiteByName } from './suites.ts'

/** The members of one entry, whatever the file's format. */
export type Fields = Readonly<Record<string, unknown>>

/** What may be repeated in an error: a key has no underscore. */
const SUITE_LIKE = /^[A-Z][A-Z0-9]{1,9}(?:[_-][A-Z0-9]{1,9}){1,6}$/i

/** The suite of a name; an unknown one is an error here, for a key without its suite is of no use. */
export function suiteOf(member: string, value: unknown): CryptoSuite {
  const name = textOf(member, value)
  const suite = suiteByName(name)
  if (suite !== undefined) return suite
  const shown = SUITE_LIKE.test(name) ? `unknown suite ${name}` : 'no suite'
  throw new EntryProblem(member, `${shown}; known are ${SUITES.map((known) => known.name).join(', ')}`)
}

/** Octets of a member, of which there must be `length`: what else there are is said, and what the suite needs. */
export function octetsOf(member: string, value: unknown, length: number, suite: CryptoSuite): Uint8Array {
  const octets = chooseReading(readOctets(textOf(member, value)), length)
  if (octets === undefined)
    throw new EntryProblem(member, `neither base64 nor hex; ${suite.name} needs ${length} octets`)
  if (octets.length !== length) {
    throw new EntryProblem(
      member,
      `${octets.length} octets, ${suite.name} needs ${length}${fitting(octets.length, length, suite)}`,
    )
  }
  return octets
}

/** What so many octets would be right for: the suite may be what is wrong, or the member. */
function fitting(octets: number, needed: number, suite: CryptoSuite): string {
  const whole = suite.masterKeyLength + suite.masterSaltLength
  if (needed !== whole) return octets === whole ? ' where the salt stands apart' : ''
  const suites = SUITES.filter((other) => other.masterKeyLength + other.masterSaltLength === octets)
  return suites.length === 0 ? '' : `; so many would fit ${suites[0].name}`
}

/** An SSRC: a number, or `0x` and up to 8 hex digits. */
export function ssrcOf(member: string, value: unknown): number {
  const number = typeof value === 'string' && /^0x[0-9a-f]{1,8}$/i.test(value) ? Number(value) : value
  if (isIntegerUpTo(number, 0xffffffff)) return number
  throw new EntryProblem(member, 'no SSRC; "0x" and up to 8 hex digits, or a number up to 4294967295')
}

/** A rollover counter. */
export function rocOf(member: string, value: unknown): number {
  if (isIntegerUpTo(value, 0xffffffff)) return value
  throw new EntryProblem(member, 'no rollover counter; a number from 0 to 4294967295')
}

/** `mki` and `mkiLength` together: the value in that many octets, or the length alone. */
export function mkiOf(mki: unknown, mkiLength: unknown): { mki?: Uint8Array; mkiLength?: number } {
  if (mkiLength !== undefined && !(isIntegerUpTo(mkiLength, MAX_MKI_LENGTH) && mkiLength > 0)) {
    throw new EntryProblem('mkiLength', `no length of an MKI; 1 to ${MAX_MKI_LENGTH} octets`)
  }
  if (mki === undefined) return mkiLength === undefined ? {} : { mkiLength }
  const digits = textOf('mki', mki).replace(/^0x/i, '')
  if (!/^[0-9a-f]+$/i.test(digits)) throw new EntryProblem('mki', 'no hex; the MKI as it stands in packets, "00000001"')
  const octets = Math.ceil(digits.length / 2)
  const length = mkiLength ?? octets
  if (octets > length) throw new EntryProblem('mki', `${octets} octets, mkiLength says ${length}`)
  if (length > MAX_MKI_LENGTH) throw new EntryProblem('mki', `${length} octets; an MKI has ${MAX_MKI_LENGTH} at most`)
  return { mki: new Uint8Array(Buffer.from(digits.padStart(length * 2, '0'), 'hex')) }
}

const RCC_MODES: Readonly<Record<string, RolloverCounterCarrying['mode']>> = { mode1: 1, mode2: 2, mode3: 3 }

/** `rcc` and `rccRate` together (RFC 4771 §2). */
export function rccOf(rcc: unknown, rate: unknown, suite: CryptoSuite): RolloverCounterCarrying | undefined {
  if (rcc === undefined) {
    if (rate !== undefined) throw new EntryProblem('rccRate', 'given without rcc')
    return undefined
  }
  const mode = typeof rcc === 'string' && Object.hasOwn(RCC_MODES, rcc) ? RCC_MODES[rcc] : undefined
  if (mode === undefined) throw new EntryProblem('rcc', 'no mode; "mode1", "mode2" or "mode3" (RFC 4771)')
  if (suite.authentication !== 'hmac-sha1') {
    throw new EntryProblem('rcc', `${suite.name} has no HMAC tag that could carry a rollover counter`)
  }
  if (rate !== undefined && !(isIntegerUpTo(rate, 0xffff) && rate > 0)) {
    throw new EntryProblem('rccRate', 'no rate; a number from 1 to 65535')
  }
  return { mode, rate: rate ?? 1 }
}

/** A text that is not empty. */
export function textOf(member: string, value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value
  throw new EntryProblem(member, value === undefined ? 'missing' : 'no text; a string that is not empty')
}

function isIntegerUpTo(value: unknown, greatest: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= greatest
}
