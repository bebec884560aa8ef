import { hash } from 'node:crypto'
import { deriveKeys, type EncryptBlocks, Label } from './key-derivation.ts'
import type { CryptoSuite } from './suites.ts'

/** The rollover counter carried in the tag (RFC 4771 §2): its mode, and the rate R at which packets carry it. */
export interface RolloverCounterCarrying {
  readonly mode: 1 | 2 | 3
  /** Packets whose sequence number is 0 modulo R carry it; 1…65535. */
  readonly rate: number
}

/** What may be agreed about a key beside its suite (RFC 4568 §6.3). */
export interface KeyParameters {
  /** n of KDR=n: a key derivation rate of 2^n packets, 1…24. Absent or 0: keys are derived once. */
  readonly kdr?: number
  readonly unencryptedSrtp?: boolean
  readonly unencryptedSrtcp?: boolean
  readonly unauthenticatedSrtp?: boolean
  readonly rcc?: RolloverCounterCarrying
}

/** A master key with everything that decides how packets are authenticated under it. */
export interface MasterKey {
  readonly suite: CryptoSuite
  readonly masterKey: Uint8Array
  readonly masterSalt: Uint8Array
  /** The MKI as it stands in packets, up to 128 octets. */
  readonly mki?: Uint8Array
  /** Octets of an MKI whose value is not known: it is passed over. Not used where `mki` is given. */
  readonly mkiLength?: number
  readonly parameters?: KeyParameters
}

/** The most octets that an MKI may have (RFC 4568 §9.2). */
export const MAX_MKI_LENGTH = 128
/** The greatest n of KDR=n (RFC 4568 §6.3.1). */
export const MAX_KDR = 24

/** The derived keys of SRTP or of SRTCP (RFC 3711 §4.3.2). */
export interface ProtocolKeys {
  readonly encryptionKey: Uint8Array
  /** Empty for AEAD suites. */
  readonly authKey: Uint8Array
  readonly salt: Uint8Array
}

/** Everything that an authenticator needs. Lengths in octets. */
export interface SessionKeys {
  readonly suite: CryptoSuite
  readonly srtp: ProtocolKeys
  readonly srtcp: ProtocolKeys
  /** 0 where packets carry no tag. */
  readonly srtpTagLength: number
  /** In the order in which they are tried (`CryptoSuite.srtcpTagLengths`). */
  readonly srtcpTagLengths: readonly number[]
  /** Absent where the value is not known. */
  readonly mki?: Uint8Array
  readonly mkiLength: number
  /** False with UNENCRYPTED_SRTP: an AEAD suite then may authenticate the payload as associated data. */
  readonly srtpEncrypted: boolean
  readonly rcc?: RolloverCounterCarrying
  /** Present where the keys hold for 2^kdr packets only: what the next ones are derived from. */
  readonly rederivation?: { readonly kdr: number; readonly masterKey: Uint8Array; readonly masterSalt: Uint8Array }
}

const LABELS = {
  srtp: { encryptionKey: Label.SrtpEncryption, authKey: Label.SrtpAuthentication, salt: Label.SrtpSalt },
  srtcp: { encryptionKey: Label.SrtcpEncryption, authKey: Label.SrtcpAuthentication, salt: Label.SrtcpSalt },
} as const

/** The keys of SRTP, of SRTCP or of both for one value of r = index DIV key derivation rate (RFC 3711 §4.3.1). */
export function deriveProtocolKeys(
  suite: CryptoSuite,
  masterKey: Uint8Array,
  masterSalt: Uint8Array,
  protocols: readonly ('srtp' | 'srtcp')[],
  r: number,
  encrypt?: EncryptBlocks,
): ProtocolKeys[] {
  const wanted: [Label, number][] = []
  for (const protocol of protocols) {
    const labels = LABELS[protocol]
    wanted.push(
      [labels.encryptionKey, suite.sessionEncryptionKeyLength],
      [labels.authKey, suite.sessionAuthKeyLength],
      [labels.salt, suite.sessionSaltLength],
    )
  }
  const keys = deriveKeys(masterKey, masterSalt, r, wanted, encrypt)
  return protocols.map((_, n) => ({ encryptionKey: keys[3 * n], authKey: keys[3 * n + 1], salt: keys[3 * n + 2] }))
}

/**
 * Derives the session keys of a master key, and settles what its session parameters mean for its packets. With a key
 * derivation rate these are the keys of the first 2^kdr packets.
 *
 * @param encrypt AES by other means than node:crypto, of which a cipher is an object a key
 */
export function deriveSessionKeys(master: MasterKey, encrypt?: EncryptBlocks): SessionKeys {
  const { suite, masterKey, masterSalt, mki } = master
  const parameters = master.parameters ?? {}
  const kdr = Math.min(parameters.kdr ?? 0, MAX_KDR)
  const [srtp, srtcp] = deriveProtocolKeys(suite, masterKey, masterSalt, ['srtp', 'srtcp'], 0, encrypt)
  return {
    suite,
    srtp,
    srtcp,
    srtpTagLength: srtpTagLength(suite, parameters),
    srtcpTagLengths: suite.srtcpTagLengths,
    ...(mki !== undefined && mki.length > 0 && { mki }),
    mkiLength: mki?.length ?? master.mkiLength ?? 0,
    srtpEncrypted: parameters.unencryptedSrtp !== true,
    ...(parameters.rcc !== undefined && suite.authentication !== 'gcm' && { rcc: parameters.rcc }),
    ...(kdr > 0 && { rederivation: { kdr, masterKey, masterSalt } }),
  }
}

/** UNAUTHENTICATED_SRTP takes the tag away, which the tag of an AEAD suite cannot be (RFC 7714 §14.1). */
function srtpTagLength(suite: CryptoSuite, parameters: KeyParameters): number {
  return parameters.unauthenticatedSrtp === true && suite.authentication !== 'gcm' ? 0 : suite.srtpTagLength
}

/** Overwrites what was derived from a master key, where nobody else holds its octets. The master key itself stays. */
export function wipeSessionKeys({ srtp, srtcp }: SessionKeys): void {
  for (const { encryptionKey, authKey, salt } of [srtp, srtcp])
    for (const octets of [encryptionKey, authKey, salt]) octets.fill(0)
}

/** The name of a key in reports: the first 8 hex digits of SHA-256 over master key and master salt. */
export function fingerprint(masterKey: Uint8Array, masterSalt: Uint8Array): string {
  return hashOf('', masterKey, masterSalt).slice(0, 8)
}

/** Equal for two master keys exactly where they verify the same packets. A hash: it shows nothing of the key. */
export function identityOf(master: MasterKey): string {
  const { suite, mki, masterKey, masterSalt, parameters = {} } = master
  const { rcc } = parameters
  const tagged = `${suite.id},${srtpTagLength(suite, parameters)},${mki?.length ?? master.mkiLength ?? 0}`
  const named = mki === undefined ? '' : Buffer.from(mki).toString('hex')
  const special = suite.authentication === 'gcm' ? parameters.unencryptedSrtp === true : `${rcc?.mode} ${rcc?.rate}`
  return hashOf(`${tagged},${named},${parameters.kdr ?? 0},${special};`, masterKey, masterSalt)
}

/** Room for what is hashed: settings, with two digits for each octet of an MKI of 255 at most (RFC 5764 §4.1.1), and a key. */
const HASHED = Buffer.alloc(1024)

function hashOf(settings: string, masterKey: Uint8Array, masterSalt: Uint8Array): string {
  const saltAt = HASHED.write(settings, 'latin1') + masterKey.length
  HASHED.set(masterKey, saltAt - masterKey.length)
  HASHED.set(masterSalt, saltAt)
  const end = saltAt + masterSalt.length
  const digits = hash('sha256', HASHED.subarray(0, end), 'hex')
  HASHED.fill(0, 0, end)
  return digits
}
