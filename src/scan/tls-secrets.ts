import { type ReadSmallFile, readTextFile } from '../capture/text-file.ts'
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
  const privateKeys = []
  for (const path of tlsKeys) privateKeys.push(readPrivateKey(await readTextFile(path, read), path))
  return { keyLog, privateKeys }
}
