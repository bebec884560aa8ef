import { type KeyEntry, keyEntriesOf } from './key-entries.ts'
import type { Fields } from './key-fields.ts'
import { EntryProblem, KeysError } from './keys-error.ts'
import { MAX_ENTRIES } from './keys-json.ts'
import { type CryptoSuite, suiteByName } from './suites.ts'

/** What `key=…` without `suite=…` means: the suite that every implementation has (RFC 4568 §6.2). */
const DEFAULT_SUITE = suiteByName('AES_CM_128_HMAC_SHA1_80') as CryptoSuite

const CRYPTO_LINE = /^(?:a=)?crypto:/i
/** Members that are numbers in the JSON form. */
const NUMBERS: readonly string[] = ['ssrc', 'roc', 'mkiLength', 'rccRate']

/**
 * Reads the text form: lines of `a=crypto:…` or of `ssrc=… key=… [salt=…] [suite=…]`, where every member of the JSON
 * form may stand; blank lines and lines that start with `#` are passed over.
 *
 * @throws KeysError
 */
export function parseKeysText(text: string, file: string): KeyEntry[] {
  const entries: KeyEntry[] = []
  let lineNumber = 0
  for (const whole of text.split(/\r\n|\n|\r/)) {
    lineNumber++
    const line = whole.trim()
    if (line === '' || line.startsWith('#')) continue
    if (entries.length >= MAX_ENTRIES) throw new KeysError(file, `line ${lineNumber}`, `${MAX_ENTRIES} keys at most`)
    entries.push(...readLine(line, `line ${lineNumber}`, file))
  }
  if (entries.length === 0) throw new KeysError(file, '', 'holds no keys; keys.json or a=crypto: lines are read')
  return entries
}

function readLine(line: string, path: string, file: string): KeyEntry[] {
  try {
    const fields = CRYPTO_LINE.test(line) ? { crypto: line } : fieldsOf(line)
    return keyEntriesOf(fields, path, DEFAULT_SUITE)
  } catch (problem) {
    if (!(problem instanceof EntryProblem)) throw problem
    throw new KeysError(file, problem.member === '' ? path : `${path}: ${problem.member}`, problem.message)
  }
}

function fieldsOf(line: string): Fields {
  const fields: Record<string, unknown> = Object.create(null)
  for (const word of line.split(/[\s,;]+/).filter((part) => part !== '')) {
    const equals = word.indexOf('=')
    if (equals <= 0) {
      throw new EntryProblem('', 'no key; a line is "a=crypto:1 SUITE inline:…" or "ssrc=0x… key=… suite=…"')
    }
    const name = word.slice(0, equals)
    const value = word.slice(equals + 1)
    if (fields[name] !== undefined) throw new EntryProblem(name, 'given twice')
    fields[name] = NUMBERS.includes(name) && /^\d{1,10}$/.test(value) ? Number(value) : value
  }
  return fields
}
