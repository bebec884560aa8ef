import type { KeyObject } from 'node:crypto'
import { type FollowedFile, followTextFile } from '../capture/growing-file.ts'
import { type ReadSmallFile, readSmallFile, readTextFile } from '../capture/text-file.ts'
import { KeyLog } from '../tls/key-log.ts'
import { readKeyLog, readPrivateKey } from '../tls/read-secrets.ts'
import type { TlsSecrets } from '../tls/session-secrets.ts'

/** What the user may give to open TLS with. */
export interface TlsSecretFiles {
  /** Paths of NSS key logs. */
  readonly tlsKeyLogs?: readonly string[]
  /** Paths of RSA private keys in PEM. */
  readonly tlsKeys?: readonly string[]
}

/** Reads them all. @throws TlsSecretsError, TextFileError */
export async function readTlsSecrets(
  { tlsKeyLogs = [], tlsKeys = [] }: TlsSecretFiles,
  read?: ReadSmallFile,
): Promise<TlsSecrets> {
  const keyLog = new KeyLog()
  for (const path of tlsKeyLogs) readKeyLog(keyLog, await readTextFile(path, read), path)
  return { keyLog, privateKeys: await readPrivateKeys(tlsKeys, read) }
}

/** Secrets of which the key logs are followed as they grow. */
export interface FollowedSecrets {
  readonly secrets: TlsSecrets
  /** Reads what was written last, and follows no more. */
  stop(): void
}

/**
 * Follows key logs, which need not exist yet: what TLS connections said before their secret came is read when it does.
 *
 * @throws TlsSecretsError, TextFileError
 */
export async function followTlsSecrets({ tlsKeyLogs = [], tlsKeys = [] }: TlsSecretFiles): Promise<FollowedSecrets> {
  const privateKeys = await readPrivateKeys(tlsKeys)
  const keyLog = new KeyLog({ grows: tlsKeyLogs.length > 0 })
  const followed: FollowedFile[] = []
  const stop = () => {
    for (const file of followed) file.stop()
  }
  try {
    for (const path of tlsKeyLogs) followed.push(followTextFile(path, (text) => keyLog.add(text)))
  } catch (error) {
    stop()
    throw error
  }
  return { secrets: { keyLog, privateKeys }, stop }
}

async function readPrivateKeys(paths: readonly string[], read?: ReadSmallFile): Promise<KeyObject[]> {
  const privateKeys = []
  for (const path of paths) {
    // Never a text: that could not be overwritten.
    const octets = await (read ?? readSmallFile)(path)
    try {
      privateKeys.push(readPrivateKey(octets, path))
    } finally {
      if (read === undefined) octets.fill(0)
    }
  }
  return privateKeys
}
