import { formatAddress, parseAddress } from '../net/addresses.ts'

/** `address` is canonical (RFC 5952); without a port every port is meant. */
export interface AddressSelector {
  readonly address: string
  readonly port?: number
  /** The other reading of IPv6 without brackets: `2001:db8::10:7078` may end in a port. Either is meant. */
  readonly otherwise?: AddressSelector
}

/**
 * Reads `192.0.2.1`, `192.0.2.1:4000`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4000`, and the ambiguous
 * `2001:db8::1:4000`. Gives `undefined` for anything else.
 */
export function parseAddressSelector(text: string): AddressSelector | undefined {
  const whole = canonicalAddress(text)
  const [, host, port] =
    /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text) ?? /^([0-9a-f.:]*[0-9a-f]):(\d{1,5})$/i.exec(text) ?? []
  const address = host === undefined ? undefined : canonicalAddress(host)
  const inRange = port === undefined || Number(port) <= 65535
  const parted =
    address !== undefined && inRange ? { address, ...(port !== undefined && { port: Number(port) }) } : undefined
  if (whole === undefined) return parted
  return { address: whole, ...(parted && { otherwise: parted }) }
}

function canonicalAddress(text: string): string | undefined {
  const octets = parseAddress(text)
  return octets === undefined ? undefined : formatAddress(octets, 0, octets.length)
}
