import type { AddressSelector } from './address-selector.ts'
import type { KeyEntry } from './key-entries.ts'
import { KeysError } from './keys-error.ts'
import { parseKeysJson } from './keys-json.ts'
import { parseKeysText } from './keys-text.ts'
import { identityOf } from './session-keys.ts'

export type { AddressSelector } from './address-selector.ts'
export type { KeyEntry } from './key-entries.ts'
export { KeysError } from './keys-error.ts'

/**
 * Reads a key file: keys.json, or a text of a=crypto: or ssrc=… key=… lines. All of it or nothing.
 *
 * @param name the file as the user named it, for the message
 * @throws KeysError for the first thing that is wrong
 */
export function parseKeys(text: string, name: string): KeyEntry[] {
  const content = text.startsWith('\ufeff') ? text.slice(1) : text
  const entries = /^\s*[[{]/.test(content) ? parseKeysJson(content, name) : parseKeysText(content, name)
  refuseDuplicates(entries, name)
  return entries
}

/** The same key twice for the same streams is a slip of the pen: one of the two was meant to be another. */
function refuseDuplicates(entries: readonly KeyEntry[], file: string): void {
  const seen = new Map<string, string>()
  for (const { master, callId, ssrc, src, dst, roc, path } of entries) {
    const identity = JSON.stringify([identityOf(master), callId, ssrc, selectorText(src), selectorText(dst), roc])
    const first = seen.get(identity)
    if (first !== undefined) throw new KeysError(file, path, `the same key for the same streams as ${first}`)
    seen.set(identity, path)
  }
}

function selectorText(selector: AddressSelector | undefined): string | undefined {
  return selector && `${selector.address} ${selector.port ?? ''}`
}
