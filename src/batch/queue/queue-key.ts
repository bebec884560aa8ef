import { createHash, createSecretKey, type KeyObject } from 'node:crypto'
import { readTextFile } from '../../capture/text-file.ts'
import { UsageError } from '../../scan/usage-error.ts'

/** The secret that a submitter and its workers share: what travels through the queue is sealed under it. */
export interface QueueKey {
  readonly secret: KeyObject
  /** Names the key without telling it: 8 hex digits. */
  readonly fingerprint: string
}

const KEY_OCTETS = 32
export const QUEUE_KEY_VARIABLE = 'SRTP_SCAN_QUEUE_KEY'

/**
 * The key of a file, else that of the environment, else none.
 *
 * @throws UsageError, TextFileError: one line that does not tell the key
 */
export async function readQueueKey(
  path: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<QueueKey | undefined> {
  if (path !== undefined) return parseQueueKey(await readTextFile(path), `--queue-key ${path}`)
  const text = environment[QUEUE_KEY_VARIABLE]
  return text === undefined || text === '' ? undefined : parseQueueKey(text, QUEUE_KEY_VARIABLE)
}

/** 32 octets as 64 hex digits or as base64. @throws UsageError */
export function parseQueueKey(text: string, where: string): QueueKey {
  const word = text.trim()
  const octets = Buffer.from(word, /^[0-9a-f]{64}$/i.test(word) ? 'hex' : 'base64')
  // Buffer.from passes over what is no base64.
  if (octets.length === KEY_OCTETS && /^([0-9a-f]{64}|[A-Za-z0-9+/_-]{43}=?)$/i.test(word)) {
    const digest = createHash('sha256').update('srtp-scan queue key').update(octets).digest('hex')
    const secret = createSecretKey(octets)
    octets.fill(0)
    return { secret, fingerprint: digest.slice(0, 8) }
  }
  throw new UsageError(`${where}: 32 octets in hex or base64 are wanted; openssl rand -hex 32 makes them`)
}
