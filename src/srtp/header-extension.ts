/*
 * Header extensions that are encrypted one by one (RFC 6904): the data of an element is, and not its number and length, nor what
 * stands between elements. The keystream runs on over all of it.
 *
 * ```
 *  | fixed header, CSRC list | defined by profile, length | ID L | data | ID L | data | 0 | payload …
 *   keystream:                                             -      XOR    -      -      -     of an element that is not encrypted
 * ```
 */
import { deriveKeys, Label } from './key-derivation.ts'
import { RTP_HEADER_LENGTH, rtpHeaderLength } from './packet-layout.ts'
import { PAYLOAD_CIPHERS, type PayloadCipher } from './payload-cipher.ts'
import type { MasterKey } from './session-keys.ts'

/** RFC 8285 §4.2: number and length in one octet; §4.3: an octet each, whatever the last four bits of the profile are. */
const ONE_BYTE = 0xbede
const TWO_BYTES = 0x100
/** Of the one-byte form: nothing that can be read follows, nor does it behind number 0 with a length (RFC 8285 §4.2). */
const LAST = 15
/** Defined by profile, and length. */
const EXTENSION_HEADER = 4

/** The data of one element: its place in the packet. */
interface Stretch {
  readonly start: number
  readonly end: number
}

/** Where the data of elements with these numbers stands. */
export function extensionData(packet: Uint8Array, ids: ReadonlySet<number>): readonly Stretch[] {
  const end = rtpHeaderLength(packet, 0, packet.length)
  if (end < 0 || (packet[0] & 0x10) === 0) return []
  const found: Stretch[] = []
  const header = RTP_HEADER_LENGTH + (packet[0] & 0x0f) * 4
  const profile = (packet[header] << 8) | packet[header + 1]
  const isOneByte = profile === ONE_BYTE
  if (!isOneByte && profile >> 4 !== TWO_BYTES) return found
  for (let at = header + EXTENSION_HEADER; at < end; ) {
    const id = isOneByte ? packet[at] >> 4 : packet[at]
    if (isOneByte && id === LAST) break
    if (id === 0) {
      if (packet[at] !== 0) break
      at++
      continue
    }
    const start = at + (isOneByte ? 1 : 2)
    const length = isOneByte ? (packet[at] & 0x0f) + 1 : packet[at + 1]
    if (start + length > end) break
    if (length > 0 && ids.has(id)) found.push({ start, end: start + length })
    at = start + length
  }
  return found
}

/** Decrypts header extensions under one master key. */
export class HeaderExtensionDecryptor {
  readonly #cipher: PayloadCipher

  private constructor(cipher: PayloadCipher) {
    this.#cipher = cipher
  }

  /** Undefined where that is not done: under AEAD suites, whose cipher has no keystream apart from its tag, and keys that are derived anew. */
  static of({ suite, masterKey, masterSalt, parameters }: MasterKey): HeaderExtensionDecryptor | undefined {
    const { cipher, sessionEncryptionKeyLength, sessionSaltLength } = suite
    if (cipher === 'aes-gcm' || (parameters?.kdr ?? 0) > 0) return undefined
    const [encryptionKey, salt] = deriveKeys(masterKey, masterSalt, 0, [
      [Label.HeaderEncryption, sessionEncryptionKeyLength],
      [Label.HeaderSalt, sessionSaltLength],
    ])
    return new HeaderExtensionDecryptor(PAYLOAD_CIPHERS[cipher]({ encryptionKey, salt, authKey: NONE }, 'srtp'))
  }

  /** @param packet whose header extension is decrypted in its place */
  decrypt(packet: Uint8Array, roc: number, stretches: readonly Stretch[]): void {
    const header = RTP_HEADER_LENGTH + (packet[0] & 0x0f) * 4 + EXTENSION_HEADER
    const extension = packet.subarray(header, Math.max(header, ...stretches.map(({ end }) => end)))
    const decrypted = this.#cipher({ packet, counter: roc }, extension)
    for (const { start, end } of stretches) packet.set(decrypted.subarray(start - header, end - header), start)
  }
}

const NONE = new Uint8Array()
