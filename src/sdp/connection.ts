import { formatAddress, parseAddress } from '../net/addresses.ts'
import type { AddressKind, Connection } from './description.ts'

/**
 * An address of o=, c=, a=rtcp or a=candidate in its canonical text (RFC 5952), with its kind. `/ttl` and `/count` of
 * multicast addresses (RFC 8866 §5.7) are dropped. The kind is that of the address itself, whatever addrtype says.
 */
export function readAddress(text: string): Connection | undefined {
  const slash = text.indexOf('/')
  const bare = slash < 0 ? text : text.slice(0, slash)
  if (bare === '') return undefined
  const bytes = parseAddress(bare)
  if (bytes === undefined) return { address: bare, addressKind: 'name' }
  const addressKind: AddressKind = bytes.length === 4 ? 'ip4' : 'ip6'
  return { address: formatAddress(bytes, 0, bytes.length), addressKind }
}
