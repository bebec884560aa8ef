import { createDecipheriv, createSecretKey, type DecipherGCM, type KeyObject } from 'node:crypto'
import type { SessionKeys } from './session-keys.ts'

/** The encryption keys of an AES-GCM suite (RFC 7714 §12), as node:crypto takes them. */
export class GcmKeys {
  readonly srtp: KeyObject
  readonly srtcp: KeyObject
  readonly #algorithm: 'aes-128-gcm' | 'aes-256-gcm'

  constructor({ srtp, srtcp }: SessionKeys) {
    this.srtp = createSecretKey(srtp.encryptionKey)
    this.srtcp = createSecretKey(srtcp.encryptionKey)
    this.#algorithm = srtp.encryptionKey.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm'
  }

  /** Opens what one of the keys sealed: `final` throws where the tag is another one. */
  decipher(key: KeyObject, iv: Uint8Array, associated: Uint8Array, tag: Uint8Array): DecipherGCM {
    const decipher = createDecipheriv(this.#algorithm, key, iv, { authTagLength: tag.length })
    decipher.setAuthTag(tag)
    decipher.setAAD(associated)
    return decipher
  }
}
