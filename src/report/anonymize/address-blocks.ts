import { parseAddress } from '../../net/addresses.ts'

/** Addresses that mean something of their own: one of them becomes another one of the same block. */
export interface AddressBlock {
  readonly octets: Uint8Array
  readonly bits: number
  /** Bits that stay; `all` for addresses that are the same in every network. */
  readonly kept: number | 'all'
  /**
   * The first bit that may change always does: a block so small that an address might otherwise stay as it is by
   * chance.
   */
  readonly turned?: boolean
  /** The last four octets are an IPv4 address. */
  readonly holdsIpv4?: boolean
}

function block(prefix: string, kept?: AddressBlock['kept'], more: Partial<AddressBlock> = {}): AddressBlock {
  const [address, length] = prefix.split('/')
  const bits = Number(length)
  return { octets: parseAddress(address) as Uint8Array, bits, kept: kept ?? bits, ...more }
}

const SMALL = { turned: true }

/** RFC 6890 and what it refers to. Documentation ranges stand for public addresses, as everywhere in the report. */
const BLOCKS: readonly AddressBlock[] = [
  block('0.0.0.0/8', 'all'),
  block('10.0.0.0/8', 8, SMALL),
  block('100.64.0.0/10', 10, SMALL),
  block('127.0.0.0/8', 'all'),
  block('169.254.0.0/16', 16, SMALL),
  block('172.16.0.0/12', 12, SMALL),
  block('192.168.0.0/16', 16, SMALL),
  block('224.0.0.0/4', 'all'),
  block('255.255.255.255/32', 'all'),
  block('240.0.0.0/4'),
  block('::/127', 'all'),
  block('::ffff:0:0/96', 96, { holdsIpv4: true }),
  block('64:ff9b::/96', 96, { holdsIpv4: true }),
  // What has been given out so far begins with 2 (RFC 3587); the others would not look like addresses.
  block('2000::/4'),
  block('fc00::/7', 8),
  // The interface identifier alone (RFC 4291 §2.5.6).
  block('fe80::/10', 64),
  block('fec0::/10'),
  block('ff00::/8', 'all'),
]

/** The first block that an address of 4 or 16 octets lies in. */
export function blockOf(octets: Uint8Array): AddressBlock | undefined {
  return BLOCKS.find((one) => one.octets.length === octets.length && isWithin(octets, one))
}

function isWithin(octets: Uint8Array, { octets: prefix, bits }: AddressBlock): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 0xff : (0xff00 >> (bits - bit)) & 0xff
    if (((octets[bit >> 3] ^ prefix[bit >> 3]) & mask) !== 0) return false
  }
  return true
}
