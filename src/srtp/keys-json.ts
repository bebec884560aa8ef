import { readJson } from '../bytes/json-text.ts'
import { type KeyEntry, keyEntriesOf } from './key-entries.ts'
import type { Fields } from './key-fields.ts'
import { EntryProblem, KeysError } from './keys-error.ts'

/** Entries of a key file, at most. */
export const MAX_ENTRIES = 100_000

/**
 * Reads the JSON form: an object with `keys`, or the array alone (schemas/keys.schema.json).
 *
 * @throws KeysError
 */
export function parseKeysJson(text: string, file: string): KeyEntry[] {
  const json = readJson(text)
  if ('problem' in json) throw new KeysError(file, json.place, json.problem)
  const { list, prefix } = entryList(json.value, file)
  if (list.length > MAX_ENTRIES) throw new KeysError(file, prefix, `${list.length} entries; ${MAX_ENTRIES} at most`)
  return list.flatMap((entry, index) => readEntry(entry, `${prefix}[${index}]`, file))
}

function entryList(document: unknown, file: string): { list: readonly unknown[]; prefix: string } {
  if (Array.isArray(document)) return { list: document, prefix: '' }
  if (!isObject(document)) throw new KeysError(file, '', 'no keys; {"keys": […]} or an array of entries is read')
  for (const member of Object.keys(document)) {
    if (member === 'keys' || member === '$schema') continue
    const shown = /^[A-Za-z$][A-Za-z_-]{0,23}$/.test(member) ? member : ''
    throw new KeysError(file, shown, 'unknown member; the document holds "keys", an array of entries')
  }
  if (!Array.isArray(document.keys)) throw new KeysError(file, 'keys', 'no array of entries')
  return { list: document.keys, prefix: 'keys' }
}

function readEntry(entry: unknown, path: string, file: string): KeyEntry[] {
  if (!isObject(entry)) throw new KeysError(file, path, 'no entry; an object with suite and key is one')
  try {
    return keyEntriesOf(entry, path)
  } catch (problem) {
    if (!(problem instanceof EntryProblem)) throw problem
    throw new KeysError(file, problem.member === '' ? path : `${path}.${problem.member}`, problem.message)
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
