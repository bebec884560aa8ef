import { LIMITS } from '../limits/limits.ts'
import { beyond } from './beyond.ts'
import type { CryptoAttribute } from './crypto-attribute.ts'
import { parseCryptoLine } from './crypto-line.ts'
import type { NoteAnomaly } from './description.ts'
import { Role, type SdpLine } from './line-cache.ts'
import type { Section } from './lines.ts'
import { isMaskedKey } from './masked-key.ts'
import { hasReadableKey } from './mikey.ts'
import { splitWords } from './words.ts'

/** A key in a description that is none of an m= section's a=crypto lines. Nothing may come of it, and it can be read all the same. */
export interface OtherKey {
  /**
   * `session-level`: a=crypto before the first m= line (RFC 4568 §4). `capability`: a=acap (RFC 5939 §3.4.1). `k`: k=clear or
   * k=base64 (RFC 4566 §5.12). `mikey`: a=key-mgmt with a message that does not encrypt its key (RFC 4567, RFC 3830 §6.2).
   */
  readonly place: 'session-level' | 'capability' | 'k' | 'mikey'
  /** Of an a=crypto line; of others nothing is kept. */
  readonly crypto?: CryptoAttribute
}

const MOST = LIMITS.sdpOtherKeys.most
const ROLES = Role.Crypto | Role.Key | Role.Keying | Role.Capability

/** Undefined where there are none, as nearly everywhere. */
export function readOtherKeys(sections: readonly Section[], note: NoteAnomaly): readonly OtherKey[] | undefined {
  let keys: OtherKey[] | undefined
  for (const [index, { lines, roles }] of sections.entries()) {
    if ((roles & ROLES) === 0 || (index > 0 && (roles & ROLES) === Role.Crypto)) continue
    for (const line of lines) {
      const key = (line.role & ROLES) === 0 ? undefined : keyOf(line, index === 0)
      if (key === undefined) continue
      if (keys?.length === MOST) {
        note(beyond('sdpOtherKeys'))
        return keys
      }
      keys ??= []
      keys.push(key)
    }
  }
  return keys
}

function keyOf(line: SdpLine, isSessionLevel: boolean): OtherKey | undefined {
  if (line.role === Role.Crypto)
    return isSessionLevel ? { place: 'session-level', crypto: parseCryptoLine(line.attribute) } : undefined
  if (line.role === Role.Key) return isReadable(line.value) ? { place: 'k' } : undefined
  const { name, attribute } = line
  const capability = name === 'acap' ? /^\d+ +(crypto|key-mgmt):/i.exec(attribute) : null
  const said = capability === null ? attribute : attribute.slice(capability[0].length)
  if (capability?.[1].toLowerCase() === 'crypto') return { place: 'capability', crypto: parseCryptoLine(said) }
  return (capability !== null || name === 'key-mgmt') && isReadableMikey(said) ? { place: 'mikey' } : undefined
}

/** `clear:…`, `base64:…`; a URI is no key yet, and `prompt` none at all. */
function isReadable(value: string): boolean {
  const [, key] = /^(?:clear|base64):(.*)/i.exec(value) ?? []
  return key !== undefined && !isMaskedKey(key.trim())
}

/** `mikey AQAFgM0XflABAAAA…` */
function isReadableMikey(said: string): boolean {
  const [protocol, message = ''] = splitWords(said, 2)
  return protocol?.toLowerCase() === 'mikey' && hasReadableKey(Buffer.from(message, 'base64'))
}
