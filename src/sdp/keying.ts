import { LIMITS } from '../limits/limits.ts'
import type { Fingerprint } from './description.ts'
import { Role } from './line-cache.ts'
import type { Section } from './lines.ts'

const MAX_EACH = LIMITS.sdpFingerprints.most

/** Keying other than a=crypto that a section carries. */
export interface Keying {
  readonly fingerprints: readonly Fingerprint[]
  readonly keyMgmt: readonly string[]
  readonly zrtpHash: boolean
  /** There are more fingerprints or protocols than these. */
  readonly isCut?: true
}

/**
 * Reads a=fingerprint (RFC 8122 §5), the protocol names of a=key-mgmt (RFC 4567 §3.1; its data may hold keys and is
 * not kept) and a=zrtp-hash (RFC 6189 §8).
 */
export function readKeying({ lines, roles }: Section): Keying {
  let keying = NOTHING
  if ((roles & Role.Keying) === 0) return keying
  for (const { name, attribute } of lines) {
    if (name === 'zrtp-hash') keying = { ...keying, zrtpHash: true }
    else if (name === 'key-mgmt' || name === 'fingerprint') keying = withLine(keying, name, attribute)
  }
  return keying
}

const NOTHING: Keying = { fingerprints: [], keyMgmt: [], zrtpHash: false }

function withLine(keying: Keying, name: 'key-mgmt' | 'fingerprint', attribute: string): Keying {
  const { fingerprints, keyMgmt } = keying
  const [first, second] = attribute.split(/[ \t]+/, 2)
  if (name === 'key-mgmt') {
    if (first === '') return keying
    if (keyMgmt.length === MAX_EACH) return { ...keying, isCut: true }
    return { ...keying, keyMgmt: [...keyMgmt, first.toLowerCase()] }
  }
  if (second === undefined) return keying
  if (fingerprints.length === MAX_EACH) return { ...keying, isCut: true }
  const fingerprint = { hash: first.toLowerCase(), value: second.toUpperCase() }
  return { ...keying, fingerprints: [...fingerprints, fingerprint] }
}
