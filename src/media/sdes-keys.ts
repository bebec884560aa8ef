import type { CryptoAttribute, CryptoKey } from '../sdp/crypto-attribute.ts'
import type { MasterKey } from '../srtp/session-keys.ts'
import { type CryptoSuite, suiteByName } from '../srtp/suites.ts'

/** Why an a=crypto line gives no key (rules.md, `crypto-mismatch`). */
export type KeyProblem = 'unknown-suite' | 'key-undecodable' | 'key-length'

/** The master keys of an a=crypto line, one for each `inline:` that its suite can use (RFC 4568 §6.1). */
export function masterKeysOf(crypto: CryptoAttribute): MasterKey[] {
  const suite = suiteByName(crypto.suite)
  if (suite === undefined) return []
  return crypto.keys.flatMap((key) => masterKey(suite, crypto, key) ?? [])
}

/** What keeps an a=crypto line from being used, if anything does. */
export function keyProblemOf(crypto: CryptoAttribute): KeyProblem | undefined {
  const suite = suiteByName(crypto.suite)
  if (suite === undefined) return 'unknown-suite'
  if (crypto.keys.some((key) => key.keyBytes === undefined) || crypto.keys.length === 0) return 'key-undecodable'
  const octets = suite.masterKeyLength + suite.masterSaltLength
  return crypto.keys.some((key) => key.keyBytes?.length !== octets) ? 'key-length' : undefined
}

function masterKey(suite: CryptoSuite, crypto: CryptoAttribute, key: CryptoKey): MasterKey | undefined {
  const { keyBytes, mki } = key
  if (keyBytes === undefined || keyBytes.length !== suite.masterKeyLength + suite.masterSaltLength) return undefined
  const parameters = crypto.sessionParameters
  return {
    suite,
    masterKey: keyBytes.subarray(0, suite.masterKeyLength),
    masterSalt: keyBytes.subarray(suite.masterKeyLength),
    ...(mki !== undefined && { mki: mki.value }),
    parameters: {
      ...(parameters.kdr !== undefined && { kdr: parameters.kdr }),
      unencryptedSrtp: parameters.unencryptedSrtp,
      unencryptedSrtcp: parameters.unencryptedSrtcp,
      unauthenticatedSrtp: parameters.unauthenticatedSrtp,
    },
  }
}
