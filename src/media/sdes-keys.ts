import { hash } from 'node:crypto'
import type { CryptoAttribute, CryptoKey } from '../sdp/crypto-attribute.ts'
import { fingerprint, type KeyParameters, type MasterKey } from '../srtp/session-keys.ts'
import { type CryptoSuite, suiteByName } from '../srtp/suites.ts'

/** Why an a=crypto line gives no key (rules.md, `crypto-mismatch`). */
export type KeyProblem = 'unknown-suite' | 'key-undecodable' | 'key-length' | 'key-masked'

/** Whether a line shows a mask in the place of each of its keys. */
export function isMasked({ keys }: CryptoAttribute): boolean {
  return keys.length > 0 && keys.every(({ problem }) => problem === 'key-masked')
}

/** The master keys of an a=crypto line, one for each `inline:` that its suite can use (RFC 4568 §6.1); masks that could be keys too. */
export function masterKeysOf(crypto: CryptoAttribute): MasterKey[] {
  const suite = suiteOf(crypto)
  if (suite === undefined) return []
  const masters: MasterKey[] = []
  for (const key of crypto.keys) {
    const master = masterKey(suite, crypto, key)
    if (master !== undefined) masters.push(master)
  }
  return masters
}

/** The fingerprints of the same keys, as `fingerprint` has them, each once; none of masks. */
export function keyFingerprintsOf(crypto: CryptoAttribute): readonly string[] {
  return namesOf(crypto).fingerprints
}

/** Names of the same keys that are long enough to tell all keys of a trace apart: each begins with the key's fingerprint. */
export function keyIdentitiesOf(crypto: CryptoAttribute): readonly string[] {
  return namesOf(crypto).identities
}

interface KeyNames {
  readonly fingerprints: readonly string[]
  readonly identities: readonly string[]
}

function namesOf(crypto: CryptoAttribute): KeyNames {
  // The lines of one call are asked about several times.
  const known = LATEST.find((one) => one.crypto === crypto)
  if (known !== undefined) return known.names
  const identities = identitiesOf(crypto)
  const fingerprints = identities.length === 0 ? NO_FINGERPRINTS : identities.map((name) => name.slice(0, 8))
  const names = { fingerprints, identities }
  LATEST[next] = { crypto, names }
  next = (next + 1) % MOST_LATEST
  return names
}

const LATEST: { readonly crypto: CryptoAttribute; readonly names: KeyNames }[] = []
const MOST_LATEST = 4
let next = 0

function identitiesOf(crypto: CryptoAttribute): readonly string[] {
  const suite = suiteOf(crypto)
  if (suite === undefined) return NO_FINGERPRINTS
  let identities = NO_FINGERPRINTS
  for (const { keyBytes, problem } of crypto.keys) {
    if (keyBytes?.length !== keyLength(suite) || problem === 'key-masked') continue
    const name = hash('sha256', keyBytes, 'hex').slice(0, 24)
    if (!identities.includes(name)) identities = [...identities, name]
  }
  return identities
}

const NO_FINGERPRINTS: readonly string[] = []

/** The fingerprints of what could be keys among a line's masks. */
export function maskFingerprintsOf(crypto: CryptoAttribute): readonly string[] {
  if (crypto.problem !== 'key-masked') return NO_FINGERPRINTS
  const masks = crypto.keys.filter(({ problem }) => problem === 'key-masked')
  return masterKeysOf({ ...crypto, keys: masks }).map(({ masterKey, masterSalt }) => fingerprint(masterKey, masterSalt))
}

/** Packets that each of a line's keys is good for, by fingerprint, where the line says so (RFC 4568 §6.1). */
export function keyLifetimesOf(crypto: CryptoAttribute): readonly { fingerprint: string; packets: number }[] {
  const suite = suiteOf(crypto)
  if (suite === undefined || crypto.keys.every(({ lifetime }) => lifetime === undefined)) return NO_LIFETIMES
  return crypto.keys.flatMap(({ keyBytes, lifetime }) =>
    lifetime === undefined || keyBytes?.length !== keyLength(suite)
      ? NO_LIFETIMES
      : [{ fingerprint: hash('sha256', keyBytes, 'hex').slice(0, 8), packets: lifetime }],
  )
}

// Most keys have none.
const NO_LIFETIMES: readonly { fingerprint: string; packets: number }[] = []

/** What keeps an a=crypto line from being used, if anything does. */
export function keyProblemOf(crypto: CryptoAttribute): KeyProblem | undefined {
  const suite = suiteOf(crypto)
  if (suite === undefined) return 'unknown-suite'
  if (crypto.keys.length === 0) return 'key-undecodable'
  let problem: KeyProblem | undefined
  for (const { keyLength: length, problem: ofKey, isForFec } of crypto.keys) {
    // The media is keyed without it.
    if (isForFec === true) continue
    if (ofKey === 'key-masked') return ofKey
    if (length === undefined) return 'key-undecodable'
    if (length !== keyLength(suite)) problem = 'key-length'
  }
  return problem
}

/** The name of a line's suite as registered; as written, where it is not known. */
export function suiteNameOf(crypto: CryptoAttribute): string {
  return suiteOf(crypto)?.name ?? crypto.suite
}

/** Suites by the spellings that were met last. */
const SPELLINGS = new Map<string, CryptoSuite | undefined>()
const MOST_SPELLINGS = 256

function suiteOf({ suite }: CryptoAttribute): CryptoSuite | undefined {
  const known = SPELLINGS.get(suite)
  if (known !== undefined || SPELLINGS.has(suite)) return known
  if (SPELLINGS.size >= MOST_SPELLINGS) SPELLINGS.clear()
  const found = suiteByName(suite)
  SPELLINGS.set(suite, found)
  return found
}

function keyLength({ masterKeyLength, masterSaltLength }: CryptoSuite): number {
  return masterKeyLength + masterSaltLength
}

function masterKey(suite: CryptoSuite, crypto: CryptoAttribute, key: CryptoKey): MasterKey | undefined {
  const { keyBytes, mki } = key
  if (keyBytes?.length !== keyLength(suite)) return undefined
  const parameters = parametersOf(crypto.sessionParameters)
  // Copies, which are smaller than views of so few octets; what they are made of was made for them.
  const masterKey = keyBytes.slice(0, suite.masterKeyLength)
  const masterSalt = keyBytes.slice(suite.masterKeyLength)
  keyBytes.fill(0)
  if (mki === undefined) return { suite, masterKey, masterSalt, parameters }
  return { suite, masterKey, masterSalt, mki: mki.value, parameters }
}

function parametersOf(said: CryptoAttribute['sessionParameters']): KeyParameters {
  const { kdr, unencryptedSrtp, unencryptedSrtcp, unauthenticatedSrtp } = said
  if (kdr !== undefined) return { kdr, unencryptedSrtp, unencryptedSrtcp, unauthenticatedSrtp }
  if (!unencryptedSrtp && !unencryptedSrtcp && !unauthenticatedSrtp) return USUAL
  return { unencryptedSrtp, unencryptedSrtcp, unauthenticatedSrtp }
}

const USUAL: KeyParameters = { unencryptedSrtp: false, unencryptedSrtcp: false, unauthenticatedSrtp: false }
