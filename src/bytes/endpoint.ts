/** A transport address. `address` is the canonical text of RFC 5952 (IPv6) or dotted decimal (IPv4), never bracketed. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** `192.0.2.1:5060`, `[2001:db8::1]:5060`: the form of every report, and the key of every table of endpoints. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** The address of an endpoint's text, without the port and the brackets. */
export function addressOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':')).replace(/^\[|\]$/g, '')
}
