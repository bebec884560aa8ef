import { randomBytes } from 'node:crypto'
import { type ReadSmallFile, readSmallFile } from '../capture/text-file.ts'
import { Anonymizer } from '../report/anonymize/anonymizer.ts'
import { UsageError } from './usage-error.ts'

const KEY_OCTETS = 32
/** What can be tried out is no key. */
const LEAST_OCTETS = 16

/**
 * Opens what makes reports anonymous: with the octets of a file as its key, else with a key that nobody has afterwards.
 *
 * @throws TextFileError where the file cannot be read, UsageError where it holds too little
 */
export async function openAnonymizer(keyFile?: string, readFile?: ReadSmallFile): Promise<Anonymizer> {
  if (keyFile === undefined) return anonymizerOf(randomBytes(KEY_OCTETS))
  const key = await (readFile ?? readSmallFile)(keyFile)
  // What another reader has may be wanted again.
  if (key.length >= LEAST_OCTETS) return readFile === undefined ? anonymizerOf(key) : new Anonymizer(key)
  throw new UsageError(
    `${keyFile}: ${key.length} octets, a key has ${LEAST_OCTETS} at least: openssl rand -out ${keyFile} ${KEY_OCTETS} makes one`,
  )
}

function anonymizerOf(key: Buffer): Anonymizer {
  const anonymizer = new Anonymizer(key)
  key.fill(0)
  return anonymizer
}
