import type { Decryptor } from './decryptor.ts'
import { RTP_HEADER_LENGTH } from './packet-layout.ts'
import { deriveProtocolKeys, type SessionKeys } from './session-keys.ts'
import { ENCRYPTED, readSrtcpIndex, srtcpIndexAt, srtcpTagLength } from './srtcp-layout.ts'
import type { Verdict } from './verdict.ts'

type Protocol = 'srtp' | 'srtcp'

/** Keys with a derivation rate (RFC 3711 §4.3.1), as RederivingAuthenticator has them. Only the last ones are kept. */
export class RederivingDecryptor implements Decryptor {
  readonly #keys: SessionKeys
  readonly #create: (keys: SessionKeys) => Decryptor
  readonly #period: number
  readonly #last: { [protocol in Protocol]?: { readonly r: number; readonly decryptor: Decryptor } } = {}

  /** @param create makes the decryptor of keys that hold for good */
  constructor(keys: SessionKeys, kdr: number, create: (keys: SessionKeys) => Decryptor) {
    this.#keys = keys
    this.#create = create
    this.#period = 2 ** kdr
  }

  decryptRtp(bytes: Uint8Array, offset: number, length: number, roc: number): Uint8Array | undefined {
    if (length < RTP_HEADER_LENGTH) return undefined
    const index = roc * 0x10000 + ((bytes[offset + 2] << 8) | bytes[offset + 3])
    return this.#decryptor('srtp', index).decryptRtp(bytes, offset, length, roc)
  }

  decryptRtcp(bytes: Uint8Array, offset: number, length: number, verdict: Verdict): Uint8Array | undefined {
    const at = srtcpIndexAt(this.#keys, length, srtcpTagLength(this.#keys, verdict))
    if (at < 0) return undefined
    const index = readSrtcpIndex(bytes, offset + at) % ENCRYPTED
    return this.#decryptor('srtcp', index).decryptRtcp(bytes, offset, length, verdict)
  }

  #decryptor(protocol: Protocol, index: number): Decryptor {
    const r = Math.floor(index / this.#period)
    const last = this.#last[protocol]
    if (last?.r === r) return last.decryptor
    const decryptor = this.#create(this.#derived(protocol, r))
    this.#last[protocol] = { r, decryptor }
    return decryptor
  }

  #derived(protocol: Protocol, r: number): SessionKeys {
    const { rederivation, ...keys } = this.#keys
    if (rederivation === undefined) return keys
    const { masterKey, masterSalt } = rederivation
    const [derived] = deriveProtocolKeys(keys.suite, masterKey, masterSalt, [protocol], r)
    return { ...keys, [protocol]: derived }
  }
}
