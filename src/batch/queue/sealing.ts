import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { QueueKey } from './queue-key.ts'

/** Octets under AES-256-GCM (NIST SP 800-38D), as JSON can carry them. */
export interface Sealed {
  /** Fingerprint of the key. */
  readonly key: string
  /** Base64 of nonce (12 octets), ciphertext and tag (16 octets). */
  readonly box: string
}

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16

/**
 * Seals octets for whoever has the key.
 *
 * @param context what they are part of: they open in that context only, so that none can be moved to another batch
 */
export function seal(octets: Uint8Array, key: QueueKey, context: string): Sealed {
  // §8.2.2: at random, which is sound for 2^32 seals under a key. One is made for a batch, for a secret URL, for the job of a part.
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv(CIPHER, key.secret, nonce).setAAD(Buffer.from(context))
  const box = Buffer.concat([nonce, cipher.update(octets), cipher.final(), cipher.getAuthTag()])
  return { key: key.fingerprint, box: box.toString('base64') }
}

/** @throws SealError where the key is missing or another, or the octets or their context are not what was sealed */
export function unseal({ key: fingerprint, box }: Sealed, key: QueueKey | undefined, context: string): Buffer {
  if (key?.fingerprint !== fingerprint) {
    const has = key === undefined ? 'no queue key' : `another one (${key.fingerprint})`
    throw new SealError(
      `is sealed under the queue key ${fingerprint}, and this worker has ${has}; give it by --queue-key`,
    )
  }
  const octets = Buffer.from(box, 'base64')
  try {
    const decipher = createDecipheriv(CIPHER, key.secret, octets.subarray(0, NONCE), { authTagLength: TAG })
    decipher.setAAD(Buffer.from(context)).setAuthTag(octets.subarray(-TAG))
    return Buffer.concat([decipher.update(octets.subarray(NONCE, -TAG)), decipher.final()])
  } catch (cause) {
    throw new SealError('was changed after it was sealed', cause)
  }
}

/** What is sealed does not open here; the message says why, after the name of what it is. */
export class SealError extends Error {
  readonly code = 'SRTP_SCAN_SEALED'

  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'SealError'
  }
}
