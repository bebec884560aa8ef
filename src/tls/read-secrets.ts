import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { KeyLog } from './key-log.ts'

/** A key log or private key that cannot be used: which file, and what would be right. */
export class TlsSecretsError extends Error {
  readonly code = 'SRTP_SCAN_TLS_SECRETS'

  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'TlsSecretsError'
  }
}

/** Adds the lines of a key log. @throws TlsSecretsError where there are others, and not one of them is a secret */
export function readKeyLog(keyLog: KeyLog, text: string, path: string): void {
  const { size, foreignLines } = keyLog
  keyLog.add(text)
  // One that holds nothing but comments is a log that nobody wrote to yet.
  if (keyLog.size === size && keyLog.foreignLines > foreignLines)
    throw new TlsSecretsError(`${path}: no TLS key log; a line of one is: CLIENT_RANDOM, 64 hex digits, 96 hex digits`)
}

/** An RSA private key in PEM. @throws TlsSecretsError for anything else */
export function readPrivateKey(text: string | Buffer, path: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(text)
  } catch (cause) {
    throw new TlsSecretsError(`${path}: no private key; an RSA key in PEM without a passphrase would do`, cause)
  }
  if (key.asymmetricKeyType === 'rsa') return key
  throw new TlsSecretsError(`${path}: a key of type ${key.asymmetricKeyType}; only RSA keys open recorded handshakes`)
}
