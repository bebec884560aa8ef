import { deriveSessionKeys, type MasterKey, type SessionKeys } from './session-keys.ts'

const AES_192_KEY = 24
const AES_256_KEY = 32
const SALT = 14

/**
 * The session keys of senders that take an AES-192 master key for an AES-256 one (libsrtp up to 2.5 does): the first 32
 * octets of key, salt and 8 zero octets serve as the key, the 14 behind them as the salt. RFC 6188 §3 asks for AES-192.
 *
 * @returns `undefined` for every other key
 */
export function misreadAes192Keys(master: MasterKey): SessionKeys | undefined {
  if (master.suite.cipher !== 'aes-cm' || master.masterKey.length !== AES_192_KEY) return undefined
  const padded = new Uint8Array(AES_256_KEY + SALT)
  padded.set(master.masterKey)
  padded.set(master.masterSalt, AES_192_KEY)
  const { kdr: _, ...parameters } = master.parameters ?? {}
  const masterKey = padded.slice(0, AES_256_KEY)
  return deriveSessionKeys({ ...master, masterKey, masterSalt: padded.slice(AES_256_KEY), parameters })
}
