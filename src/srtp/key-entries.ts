import type { CryptoAttribute, CryptoKey } from '../sdp/crypto-attribute.ts'
import { parseCryptoLine } from '../sdp/crypto-line.ts'
import { type AddressSelector, parseAddressSelector } from './address-selector.ts'
import { type Fields, mkiOf, octetsOf, rccOf, rocOf, ssrcOf, suiteOf, textOf } from './key-fields.ts'
import { EntryProblem } from './keys-error.ts'
import { MAX_KDR, type MasterKey } from './session-keys.ts'
import type { CryptoSuite } from './suites.ts'

/** A key of a key file, and what narrows where it is tried; absent selectors exclude nothing. */
export interface KeyEntry {
  readonly master: MasterKey
  readonly callId?: string
  readonly ssrc?: number
  readonly src?: AddressSelector
  readonly dst?: AddressSelector
  /** Rollover counter of the first packet. */
  readonly roc?: number
  readonly label?: string
  /** Where the entry stands in its file: `keys[3]`, `line 4`. */
  readonly path: string
}

type Read = (into: Fields) => Partial<KeyEntry>

/** Members by meaning; the first spelling is the one of errors about a member that is missing. */
const SUITE = ['suite', 'cryptoSuite']
const KEY = ['key', 'keyBase64', 'masterKey']
const SALT = ['masterSalt', 'salt']
/** What a crypto line says itself. */
const OF_THE_LINE = [...SUITE, ...KEY, ...SALT, 'mki', 'mkiLength']
const SELECTORS: Readonly<Record<string, Read>> = {
  callId: ({ callId }) => ({ callId: textOf('callId', callId) }),
  ssrc: ({ ssrc }) => ({ ssrc: ssrcOf('ssrc', ssrc) }),
  src: ({ src }) => ({ src: addressSelectorOf('src', src) }),
  dst: ({ dst }) => ({ dst: addressSelectorOf('dst', dst) }),
  roc: ({ roc }) => ({ roc: rocOf('roc', roc) }),
  label: ({ label }) => ({ label: textOf('label', label) }),
}

/** Every member that an entry may have. */
const MEMBERS: readonly string[] = ['crypto', ...OF_THE_LINE, 'rcc', 'rccRate', ...Object.keys(SELECTORS)]

/**
 * The keys of one entry: one, or one for each `inline:` of its crypto line.
 *
 * @param defaultSuite for formats that may leave the suite out
 * @throws EntryProblem for the first thing that is wrong
 */
export function keyEntriesOf(fields: Fields, path: string, defaultSuite?: CryptoSuite): KeyEntry[] {
  for (const member of Object.keys(fields)) {
    if (!MEMBERS.includes(member)) throw unknownMember(member)
  }
  const selectors = Object.keys(SELECTORS).filter((member) => fields[member] !== undefined)
  const selected: Partial<KeyEntry> = Object.assign({}, ...selectors.map((member) => SELECTORS[member](fields)))
  const masters = fields.crypto === undefined ? [masterKeyOf(fields, defaultSuite)] : masterKeysOfLine(fields)
  return masters.map((master) => ({ master, ...selected, path }))
}

function addressSelectorOf(member: string, value: unknown): AddressSelector {
  const selector = parseAddressSelector(textOf(member, value).trim())
  if (selector !== undefined) return selector
  throw new EntryProblem(member, 'no address; 192.0.2.1, 192.0.2.1:4000, 2001:db8::1 or [2001:db8::1]:4000')
}

function unknownMember(member: string): EntryProblem {
  const meant = MEMBERS.find((known) => known.toLowerCase() === member.toLowerCase())
  const known = meant === undefined ? `known are ${MEMBERS.join(', ')}` : `${meant} is meant`
  // A name that is no name may be a misplaced key.
  const shown = /^[A-Za-z][A-Za-z_-]{0,23}$/.test(member)
  return new EntryProblem(shown ? member : '', shown ? `unknown member; ${known}` : `a member with no name; ${known}`)
}

function masterKeyOf(fields: Fields, defaultSuite: CryptoSuite | undefined): MasterKey {
  const suiteMember = onlyOneOf(fields, SUITE)
  const keyMember = onlyOneOf(fields, KEY) ?? KEY[0]
  const saltMember = onlyOneOf(fields, SALT)
  const suite =
    suiteMember === undefined && defaultSuite !== undefined
      ? defaultSuite
      : suiteOf(suiteMember ?? SUITE[0], fields[suiteMember ?? SUITE[0]])
  const rcc = rccOf(fields.rcc, fields.rccRate, suite)
  return {
    suite,
    ...keyAndSaltOf(fields, keyMember, saltMember, suite),
    ...mkiOf(fields.mki, fields.mkiLength),
    ...(rcc && { parameters: { rcc } }),
  }
}

function keyAndSaltOf(fields: Fields, keyMember: string, saltMember: string | undefined, suite: CryptoSuite) {
  const { masterKeyLength, masterSaltLength } = suite
  if (saltMember === undefined && keyMember !== 'masterKey') {
    const keyAndSalt = octetsOf(keyMember, fields[keyMember], masterKeyLength + masterSaltLength, suite)
    return { masterKey: keyAndSalt.slice(0, masterKeyLength), masterSalt: keyAndSalt.slice(masterKeyLength) }
  }
  return {
    masterKey: octetsOf(keyMember, fields[keyMember], masterKeyLength, suite),
    masterSalt: octetsOf(saltMember ?? SALT[0], fields[saltMember ?? SALT[0]], masterSaltLength, suite),
  }
}

function onlyOneOf(fields: Fields, spellings: readonly string[]): string | undefined {
  const given = spellings.filter((member) => fields[member] !== undefined)
  if (given.length > 1) throw new EntryProblem(given[1], `given beside ${given[0]}; one of them is needed`)
  return given[0]
}

/** The keys of `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…` (RFC 4568 §4), with or without `a=crypto:` before it. */
function masterKeysOfLine(fields: Fields): MasterKey[] {
  const beside = OF_THE_LINE.find((member) => fields[member] !== undefined)
  if (beside !== undefined) throw new EntryProblem(beside, 'given beside crypto, whose line says it')
  const line = textOf('crypto', fields.crypto).trim()
  const crypto = parseCryptoLine(line.replace(/^(?:a=)?crypto:/i, ''))
  // Whoever gives a key means it, whatever it looks like.
  const isGiven = crypto.problem === 'key-masked' && crypto.keys.every(({ keyBytes }) => keyBytes !== undefined)
  const problem = crypto.problem === undefined || isGiven ? undefined : LINE_PROBLEMS[crypto.problem]
  if (problem !== undefined) throw new EntryProblem('crypto', problem)
  const suite = suiteOf('crypto', crypto.suite)
  const rcc = rccOf(fields.rcc, fields.rccRate, suite)
  return crypto.keys.map((key) => masterKeyOfLine(crypto, key, suite, rcc && { rcc }))
}

const LINE_PROBLEMS: Readonly<Record<NonNullable<CryptoAttribute['problem']>, string>> = {
  'tag-invalid': 'no tag; a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:… is the form',
  'suite-missing': 'no suite; a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:… is the form',
  'key-missing': 'no key; inline: and base64 follow the suite',
  'key-method-unknown': 'not an inline: key; no other method is known (RFC 4568 §6.1)',
  'key-undecodable': 'the key behind inline: is not base64',
  'key-masked': 'the key behind inline: is not base64',
}

function masterKeyOfLine(
  crypto: CryptoAttribute,
  { keyBytes, mki }: CryptoKey,
  suite: CryptoSuite,
  rcc: Pick<NonNullable<MasterKey['parameters']>, 'rcc'> | undefined,
): MasterKey {
  const needed = suite.masterKeyLength + suite.masterSaltLength
  if (keyBytes?.length !== needed) {
    throw new EntryProblem('crypto', `the key has ${keyBytes?.length} octets, ${suite.name} needs ${needed}`)
  }
  const { kdr, unencryptedSrtp, unencryptedSrtcp, unauthenticatedSrtp } = crypto.sessionParameters
  return {
    suite,
    masterKey: keyBytes.slice(0, suite.masterKeyLength),
    masterSalt: keyBytes.slice(suite.masterKeyLength),
    ...(mki && { mki: mki.value }),
    parameters: {
      ...(kdr !== undefined && { kdr: Math.min(kdr, MAX_KDR) }),
      unencryptedSrtp,
      unencryptedSrtcp,
      unauthenticatedSrtp,
      ...rcc,
    },
  }
}
