import type { Fingerprint } from './description.ts'
import { type Section, splitAttribute } from './lines.ts'

const MAX_EACH = 32

/** Keying other than a=crypto that a section carries. */
export interface Keying {
  readonly fingerprints: readonly Fingerprint[]
  readonly keyMgmt: readonly string[]
  readonly zrtpHash: boolean
}

/**
 * Reads a=fingerprint (RFC 8122 §5), the protocol names of a=key-mgmt (RFC 4567 §3.1; its data may hold keys and is
 * not kept) and a=zrtp-hash (RFC 6189 §8).
 */
export function readKeying(section: Section): Keying {
  const fingerprints: Fingerprint[] = []
  const keyMgmt: string[] = []
  let zrtpHash = false
  for (const line of section) {
    if (line.type !== 'a') continue
    const { name, value } = splitAttribute(line.value)
    const [first, second] = value.split(/[ \t]+/, 2)
    if (name === 'zrtp-hash') zrtpHash = true
    if (name === 'key-mgmt' && first !== '' && keyMgmt.length < MAX_EACH) keyMgmt.push(first.toLowerCase())
    if (name === 'fingerprint' && second !== undefined && fingerprints.length < MAX_EACH) {
      fingerprints.push({ hash: first.toLowerCase(), value: second.toUpperCase() })
    }
  }
  return { fingerprints, keyMgmt, zrtpHash }
}
