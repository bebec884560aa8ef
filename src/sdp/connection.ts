import { formatAddress, parseAddress } from '../net/addresses.ts'
import type { AddressKind, Connection } from './description.ts'
import { Role } from './line-cache.ts'
import type { Section } from './lines.ts'
import { lastWord } from './words.ts'

/**
 * An address of o=, c=, a=rtcp or a=candidate in its canonical text (RFC 5952), with its kind. `/ttl` and `/count` of
 * multicast addresses (RFC 8866 §5.7) are dropped. The kind is that of the address itself, whatever addrtype says.
 */
export function readAddress(text: string): Connection | undefined {
  const known = KNOWN.get(text)
  if (known !== undefined) return known
  const connection = addressOf(text)
  if (connection !== undefined && text.length <= LONGEST) {
    if (KNOWN.size >= MOST_KNOWN) KNOWN.clear()
    KNOWN.set(text, connection)
  }
  return connection
}

/** The addresses that were read last: a host has the same in all its calls. */
const KNOWN = new Map<string, Connection>()
const MOST_KNOWN = 4096
const LONGEST = 64

/** The section's c= (RFC 8866 §5.7), the last one of nettype IN; where it has none, the last word of its first is the address. */
export function readConnection({ lines, roles }: Section): Connection | undefined {
  let first: string | undefined
  let address: string | undefined
  if ((roles & Role.Connection) === 0) return undefined
  for (const { role, value } of lines) {
    if (role !== Role.Connection) continue
    first ??= value
    address = /^IN[ \t]+IP\d[ \t]+(\S*)/.exec(value)?.[1] ?? address
  }
  if (first === undefined) return undefined
  return readAddress(address ?? lastWord(first))
}

function addressOf(text: string): Connection | undefined {
  const slash = text.indexOf('/')
  const bare = slash < 0 ? text : text.slice(0, slash)
  if (bare === '') return undefined
  const bytes = parseAddress(bare)
  if (bytes === undefined) return { address: bare, addressKind: 'name' }
  const addressKind: AddressKind = bytes.length === 4 ? 'ip4' : 'ip6'
  return { address: formatAddress(bytes, 0, bytes.length), addressKind }
}
