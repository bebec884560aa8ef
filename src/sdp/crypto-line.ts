import { LIMITS } from '../limits/limits.ts'
import type { CryptoAttribute, CryptoKey, CryptoProblem, SessionParameters } from './crypto-attribute.ts'
import { isMaskedKey } from './masked-key.ts'
import { sharedText } from './shared-text.ts'
import { splitWords } from './words.ts'

/** Keys, and session parameters. */
const MAX_EACH = LIMITS.sdpKeys.most
/** RFC 4568 §9.2: 1*9DIGIT. What has a few more names its line all the same; a number holds so many to the last. */
const LARGEST_TAG = 999_999_999
const MAX_TAG_DIGITS = 15
/** More than any suite's master key and salt, and enough to say that a key is too long. */
const MAX_KEY_BYTES = 256
/** RFC 4568 §9.2: the length of an MKI is 1…128 octets, which a decimal number of 309 digits fills. */
const MAX_MKI_BYTES = 128
const MAX_MKI_DIGITS = 309
/**
 * What may be the name of a suite, registered or not: words of a few letters and digits. Where the name was left out, the
 * key stands in its place, which nobody may be shown.
 */
const SUITE_NAME = /^[A-Za-z0-9]{1,12}(?:[_.-][A-Za-z0-9]{1,12}){0,15}$/

/**
 * Reads the value of an a=crypto line: `1 AES_CM_128_HMAC_SHA1_80 inline:…|2^31|1:4 KDR=1` (RFC 4568 §9.2).
 * Tolerated: any white space between the fields and after `;` or `inline:`, `inline` in any case, base64 without its
 * padding, lifetime and MKI in either order. What cannot be read is stated as a problem, never thrown.
 *
 * @param onBeyond called where there are more keys or session parameters than are read
 */
export function parseCryptoLine(value: string, onBeyond?: () => void): CryptoAttribute {
  const words = splitWords(value)
  const tag = parseDecimal(words[0] ?? '', MAX_TAG_DIGITS) ?? -1
  const suite = SUITE_NAME.test(words[1] ?? '') ? words[1] : ''
  const { keyParameters, next } = joinKeyParameters(words)
  const parts = keyParameters.includes(';') ? keyParameters.split(';').filter((part) => part !== '') : [keyParameters]
  const own = keyParameters === '' ? [] : parts.slice(0, MAX_EACH).map(parseKeyParameter)
  const parameters = words.slice(next, next + MAX_EACH)
  const keys = own.length === 0 || parameters.length === 0 ? own : [...own, ...keysForFec(parameters)]
  const sessionParameters = parameters.length > 0 ? parseSessionParameters(parameters) : NO_SESSION_PARAMETERS
  if (parts.length > MAX_EACH || words.length - next > MAX_EACH) onBeyond?.()
  const problem = firstProblem(tag, suite, keys)
  if (problem !== undefined) return { tag, suite: sharedText(suite), keys, sessionParameters, problem }
  const [key] = keys
  return keys.length === 1 && key instanceof InlineKey
    ? key.asLine(tag, sharedText(suite), sessionParameters)
    : { tag, suite: sharedText(suite), keys, sessionParameters }
}

function firstProblem(tag: number, suite: string, keys: readonly CryptoKey[]): CryptoProblem | undefined {
  if (tag < 0 || tag > LARGEST_TAG) return 'tag-invalid'
  if (suite === '') return 'suite-missing'
  if (keys.length === 0) return 'key-missing'
  return keys.find((key) => key.problem !== undefined)?.problem
}

/** The key parameters, which stand in one word where the sender keeps to the grammar, and the index of the next word. */
function joinKeyParameters(words: readonly string[]): { keyParameters: string; next: number } {
  let next = 2
  let text = words[next++] ?? ''
  while (next < words.length && (text.endsWith(';') || text.endsWith(':') || words[next].startsWith(';'))) {
    text += words[next++]
  }
  return { keyParameters: text, next }
}

function parseKeyParameter(parameter: string): CryptoKey {
  const colon = parameter.indexOf(':')
  if (colon < 0 && isMaskedKey(parameter)) return { problem: 'key-masked' }
  if (colon < 0 || parameter.slice(0, colon).toLowerCase() !== 'inline') return { problem: 'key-method-unknown' }
  const [first, ...rest] = parameter.slice(colon + 1).split('|')
  // Base64 has no `^`: where the separator before `2^n` was forgotten, the key ends there.
  const power = first.indexOf('2^')
  const keySalt = power > 0 ? first.slice(0, power) : first
  const fields = power > 0 ? [first.slice(power), ...rest] : rest
  const octets = decodeBase64(keySalt)
  const lifetime = firstOf(fields, parseLifetime)
  const mki = firstOf(fields, parseMki)
  const isMasked = isMaskedKey(keySalt)
  if (octets !== undefined) return new (isMasked ? MaskedKey : InlineKey)(octets, lifetime, mki)
  return {
    problem: isMasked ? 'key-masked' : 'key-undecodable',
    ...(lifetime !== undefined && { lifetime }),
    ...(mki !== undefined && { mki }),
  }
}

const FEC_KEY = 'FEC_KEY='

/** RFC 4568 §6.3.5: they are written as those of the line. One that cannot be read, or is masked, is no fault of the line. */
function keysForFec(parameters: readonly string[]): readonly CryptoKey[] {
  const given = parameters.find((parameter) => parameter.startsWith(FEC_KEY))
  if (given === undefined) return []
  const parts = given.slice(FEC_KEY.length).split(';', MAX_EACH)
  return parts.map(parseKeyParameter).flatMap((key) => {
    return key instanceof InlineKey && key.problem === undefined ? [key.forFec()] : []
  })
}

function firstOf<T>(fields: readonly string[], read: (field: string) => T | undefined): T | undefined {
  for (const field of fields) {
    const value = read(field)
    if (value !== undefined) return value
  }
  return undefined
}

/** A key whose octets are kept as a text, a character each: a typed array would take four times as much. */
class InlineKey implements CryptoKey {
  readonly lifetime: number | undefined
  readonly mki: CryptoKey['mki']
  // Of the few that have any: declared, so that all others have one shape.
  declare readonly problem?: 'key-masked'
  declare readonly isForFec?: boolean
  readonly #octets: string

  constructor(octets: string, lifetime: number | undefined, mki: CryptoKey['mki']) {
    this.#octets = octets
    this.lifetime = lifetime
    this.mki = mki
  }

  /** As the only key of a line. */
  asLine(tag: number, suite: string, sessionParameters: SessionParameters): CryptoAttribute {
    return new OneKeyLine(this.#octets, this, tag, suite, sessionParameters)
  }

  forFec(): CryptoKey {
    return new FecKey(this.#octets, this.lifetime, this.mki)
  }

  get keyLength(): number {
    return this.#octets.length
  }

  get keyBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#octets.length)
    for (let n = 0; n < bytes.length; n++) bytes[n] = this.#octets.charCodeAt(n)
    return bytes
  }
}

class MaskedKey extends InlineKey {
  override readonly problem = 'key-masked'
}

class FecKey extends InlineKey {
  override readonly isForFec = true
}

/** A sound line of one key, as nearly all are, is that key too: a trace keeps two for each of its calls. */
class OneKeyLine extends InlineKey implements CryptoAttribute {
  readonly tag: number
  readonly suite: string
  readonly sessionParameters: SessionParameters

  constructor(
    octets: string,
    { lifetime, mki }: CryptoKey,
    tag: number,
    suite: string,
    sessionParameters: SessionParameters,
  ) {
    super(octets, lifetime, mki)
    this.tag = tag
    this.suite = suite
    this.sessionParameters = sessionParameters
  }

  get keys(): readonly CryptoKey[] {
    return [this]
  }
}

/** A line of one key, by its octets, a character each. */
export function inlineKeyLine(tag: number, suite: string, octets: string): CryptoAttribute {
  return new OneKeyLine(octets, NO_LIMITS, tag, suite, NO_SESSION_PARAMETERS)
}

const NO_LIMITS: CryptoKey = { lifetime: undefined, mki: undefined }

/** 1 for the digits of base64 (RFC 4648 §4). */
const BASE64 = new Uint8Array(128)
for (const digit of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') BASE64[digit.charCodeAt(0)] = 1

const SCRATCH = Buffer.alloc(MAX_KEY_BYTES + 3)

/** The octets, a character each. */
function decodeBase64(text: string): string | undefined {
  let end = text.length
  for (let padding = 0; padding < 2 && text.charCodeAt(end - 1) === 0x3d; padding++) end--
  if (end === 0 || end % 4 === 1 || end > (MAX_KEY_BYTES * 4) / 3) return undefined
  for (let at = 0; at < end; at++) if (BASE64[text.charCodeAt(at)] !== 1) return undefined
  return SCRATCH.toString('latin1', 0, SCRATCH.write(text.slice(0, end), 'base64'))
}

/** `2^20` or a decimal number of packets (RFC 4568 §6.1). */
function parseLifetime(field: string): number | undefined {
  if (!field.startsWith('2^')) return parseDecimal(field, 20)
  const power = parseDecimal(field.slice(2), 2)
  return power === undefined ? undefined : 2 ** power
}

/** A number of one to `most` digits. */
function parseDecimal(text: string, most: number): number | undefined {
  if (text.length === 0 || text.length > most) return undefined
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at)
    if (digit < 0x30 || digit > 0x39) return undefined
  }
  return Number(text)
}

/** `1:4`: the value 1 in 4 octets. A value that does not fit into its length is no MKI. */
function parseMki(field: string): { value: Uint8Array; length: number } | undefined {
  const match = /^(\d+):(\d{1,3})$/.exec(field)
  if (!match || match[1].length > MAX_MKI_DIGITS) return undefined
  const length = Number(match[2])
  if (length < 1 || length > MAX_MKI_BYTES) return undefined
  const hex = BigInt(match[1]).toString(16)
  if (hex.length > length * 2) return undefined
  return { value: new Uint8Array(Buffer.from(hex.padStart(length * 2, '0'), 'hex')), length }
}

type Readable = { -readonly [Name in keyof SessionParameters]: SessionParameters[Name] }

/** What each parameter of RFC 4568 §6.3 says. False: its value cannot be read. */
const PARAMETERS: Readonly<Record<string, (into: Readable, value: string) => boolean>> = {
  KDR: (into, value) => {
    if (!/^\d{1,2}$/.test(value) || Number(value) > 24) return false
    into.kdr = Number(value)
    return true
  },
  UNENCRYPTED_SRTP: (into) => {
    into.unencryptedSrtp = true
    return true
  },
  UNENCRYPTED_SRTCP: (into) => {
    into.unencryptedSrtcp = true
    return true
  },
  UNAUTHENTICATED_SRTP: (into) => {
    into.unauthenticatedSrtp = true
    return true
  },
  FEC_ORDER: (into, value) => {
    if (value !== 'FEC_SRTP' && value !== 'SRTP_FEC') return false
    into.fecOrder = value
    return true
  },
  WSH: (into, value) => {
    if (!/^\d{1,9}$/.test(value)) return false
    into.wsh = Number(value)
    return true
  },
}

const NO_SESSION_PARAMETERS: SessionParameters = {
  unencryptedSrtp: false,
  unencryptedSrtcp: false,
  unauthenticatedSrtp: false,
  raw: [],
}

function parseSessionParameters(words: readonly string[]): SessionParameters {
  const parameters: Readable = {
    unencryptedSrtp: false,
    unencryptedSrtcp: false,
    unauthenticatedSrtp: false,
    raw: [],
  }
  const raw = words.map((word) => {
    const equals = word.indexOf('=')
    const name = equals < 0 ? word : word.slice(0, equals)
    const known = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined
    return known?.(parameters, equals < 0 ? '' : word.slice(equals + 1)) ? word : withoutValue(name, equals >= 0)
  })
  return { ...parameters, raw }
}

/** The name of a parameter whose value must not be shown. A long or odd name may itself be a misplaced key. */
function withoutValue(name: string, hasValue: boolean): string {
  if (!/^-?[A-Za-z][A-Za-z0-9_-]{0,23}$/.test(name)) return '(unreadable)'
  return hasValue ? `${name}=…` : name
}
