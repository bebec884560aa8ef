import type { ProtocolKeys, SessionKeys } from './session-keys.ts'
import { type CryptoSuite, suiteById } from './suites.ts'

/**
 * Session keys as they lie in memory that threads share, one entry after the other. Lengths in octets; unused octets
 * are zero; an entry whose suite id is 0 is empty.
 *
 * ```
 *    0  suite id        1  flags            2  kdr             3  MKI length
 *    4  SRTP tag        5  SRTCP tag        6  SRTCP tag tried after it, 255 for none
 *    7  RFC 4771 mode   8  RFC 4771 rate (little-endian, 2 octets)
 *   10  how the kernel verifies (KernelMethod)
 *   16  SRTP keys: encryption key 32, auth key 20, salt 14, length of the encryption key 1, to 83
 *   96  SRTCP keys, the same, to 163
 *  176  master key 32, master salt 14, to 222: with a key derivation rate only
 *  256  MKI, 128
 *  384  HMAC states of SRTP, 40, and of SRTCP, 40: what the kernel makes of the auth keys
 * ```
 */
export const KEY_ENTRY_BYTES = 512

/** Offsets in an entry that the threads' kernel shares. */
export const KeyEntryAt = {
  Suite: 0,
  Flags: 1,
  Kdr: 2,
  MkiLength: 3,
  SrtpTag: 4,
  SrtcpTag: 5,
  OtherSrtcpTag: 6,
  RccMode: 7,
  RccRate: 8,
  Method: 10,
  Srtp: 16,
  Srtcp: 96,
  MasterKey: 176,
  MasterSalt: 208,
  Mki: 256,
  SrtpStates: 384,
  SrtcpStates: 424,
} as const

/** Which of the kernel's ways verifies packets under a key; `None` leaves them to node:crypto. */
export const KernelMethod = { None: 0, Hmac: 1, Gcm: 2 } as const

/** Offsets within the keys of one protocol. */
export const ProtocolKeysAt = { EncryptionKey: 0, AuthKey: 32, Salt: 52, EncryptionKeyLength: 66 } as const

export const KeyEntryFlag = { SrtpEncrypted: 1, MkiKnown: 2 } as const

/** In the place of the other length of SRTCP tags. */
export const NO_OTHER_TAG = 255

/** Writes session keys at `offset`; the suite id last, so that a half-written entry is an empty one. */
export function writeKeyEntry(bytes: Uint8Array, offset: number, keys: SessionKeys): void {
  const entry = bytes.subarray(offset, offset + KEY_ENTRY_BYTES)
  entry.fill(0)
  entry[KeyEntryAt.Flags] =
    (keys.srtpEncrypted ? KeyEntryFlag.SrtpEncrypted : 0) | (keys.mki ? KeyEntryFlag.MkiKnown : 0)
  entry[KeyEntryAt.MkiLength] = keys.mkiLength
  entry[KeyEntryAt.SrtpTag] = keys.srtpTagLength
  entry[KeyEntryAt.SrtcpTag] = keys.srtcpTagLengths[0]
  entry[KeyEntryAt.OtherSrtcpTag] = keys.srtcpTagLengths[1] ?? NO_OTHER_TAG
  if (keys.rcc !== undefined) {
    entry[KeyEntryAt.RccMode] = keys.rcc.mode
    entry[KeyEntryAt.RccRate] = keys.rcc.rate & 0xff
    entry[KeyEntryAt.RccRate + 1] = keys.rcc.rate >> 8
  }
  writeProtocolKeys(entry, KeyEntryAt.Srtp, keys.srtp)
  writeProtocolKeys(entry, KeyEntryAt.Srtcp, keys.srtcp)
  if (keys.rederivation !== undefined) {
    entry[KeyEntryAt.Kdr] = keys.rederivation.kdr
    entry.set(keys.rederivation.masterKey, KeyEntryAt.MasterKey)
    entry.set(keys.rederivation.masterSalt, KeyEntryAt.MasterSalt)
  }
  if (keys.mki !== undefined) entry.set(keys.mki, KeyEntryAt.Mki)
  entry[KeyEntryAt.Method] = kernelMethod(keys)
  entry[KeyEntryAt.Suite] = keys.suite.id
}

/**
 * The session keys at `offset`, copied out of the table.
 *
 * @throws RangeError for an empty entry: whoever asks for one has a wrong number
 */
export function readKeyEntry(bytes: Uint8Array, offset: number): SessionKeys {
  // A copy: node:crypto must not see memory that another thread may write.
  const entry = Uint8Array.from(bytes.subarray(offset, offset + KEY_ENTRY_BYTES))
  const suite = suiteById(entry[KeyEntryAt.Suite])
  if (suite === undefined) throw new RangeError(`no key entry at ${offset}`)
  const flags = entry[KeyEntryAt.Flags]
  const mkiLength = entry[KeyEntryAt.MkiLength]
  const other = entry[KeyEntryAt.OtherSrtcpTag]
  const mode = entry[KeyEntryAt.RccMode]
  const kdr = entry[KeyEntryAt.Kdr]
  const mkiKnown = (flags & KeyEntryFlag.MkiKnown) !== 0
  const keys = {
    suite,
    srtp: readProtocolKeys(entry, KeyEntryAt.Srtp, suite),
    srtcp: readProtocolKeys(entry, KeyEntryAt.Srtcp, suite),
    srtpTagLength: entry[KeyEntryAt.SrtpTag],
    srtcpTagLengths: [entry[KeyEntryAt.SrtcpTag], ...(other === NO_OTHER_TAG ? [] : [other])],
    ...(mkiKnown && { mki: entry.slice(KeyEntryAt.Mki, KeyEntryAt.Mki + mkiLength) }),
    mkiLength,
    srtpEncrypted: (flags & KeyEntryFlag.SrtpEncrypted) !== 0,
    ...((mode === 1 || mode === 2 || mode === 3) && {
      rcc: { mode, rate: entry[KeyEntryAt.RccRate] | (entry[KeyEntryAt.RccRate + 1] << 8) },
    }),
    ...(kdr > 0 && {
      rederivation: {
        kdr,
        masterKey: entry.slice(KeyEntryAt.MasterKey, KeyEntryAt.MasterKey + suite.masterKeyLength),
        masterSalt: entry.slice(KeyEntryAt.MasterSalt, KeyEntryAt.MasterSalt + suite.masterSaltLength),
      },
    }),
  } satisfies SessionKeys
  entry.fill(0)
  return keys
}

/** Tags that carry the rollover counter and keys that change with the index are node:crypto's: they are rare. */
function kernelMethod({ suite, rcc, rederivation }: SessionKeys): number {
  if (rcc !== undefined || rederivation !== undefined || suite.authentication === 'none') return KernelMethod.None
  return suite.authentication === 'gcm' ? KernelMethod.Gcm : KernelMethod.Hmac
}

function writeProtocolKeys(entry: Uint8Array, at: number, keys: ProtocolKeys): void {
  entry.set(keys.encryptionKey, at + ProtocolKeysAt.EncryptionKey)
  entry.set(keys.authKey, at + ProtocolKeysAt.AuthKey)
  entry.set(keys.salt, at + ProtocolKeysAt.Salt)
  entry[at + ProtocolKeysAt.EncryptionKeyLength] = keys.encryptionKey.length
}

function readProtocolKeys(entry: Uint8Array, at: number, suite: CryptoSuite): ProtocolKeys {
  const slice = (from: number, length: number) => entry.slice(at + from, at + from + length)
  return {
    encryptionKey: slice(ProtocolKeysAt.EncryptionKey, suite.sessionEncryptionKeyLength),
    authKey: slice(ProtocolKeysAt.AuthKey, suite.sessionAuthKeyLength),
    salt: slice(ProtocolKeysAt.Salt, suite.sessionSaltLength),
  }
}
