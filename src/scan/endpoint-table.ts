import type { Endpoint } from '../bytes/endpoint.ts'
import { UNFORESEEN } from '../bytes/unforeseen.ts'
import { formatAddress } from '../net/addresses.ts'

/** Endpoints that are kept apart; a flood from forged sources must not fill memory. */
const MOST = 65_536

/** Endpoints by their octets: the same object for the same address and port, and its text made once. */
export class EndpointTable {
  readonly #ipv4 = new Map<number, Endpoint>()
  readonly #ipv6 = new Map<string, Endpoint>()

  /** @param length octets of the address: 4 or 16 */
  get(address: Uint8Array, length: number, port: number): Endpoint {
    if (length !== 4) return this.#byText(formatAddress(address, 0, length), port)
    const number = ((address[0] << 24) | (address[1] << 16) | (address[2] << 8) | address[3]) >>> 0
    const key = ((number ^ UNFORESEEN) >>> 0) * 65_536 + (port ^ (UNFORESEEN & 0xffff))
    const known = this.#ipv4.get(key)
    return known ?? keep(this.#ipv4, key, { address: formatAddress(address, 0, 4), port })
  }

  #byText(address: string, port: number): Endpoint {
    const key = `${address} ${port}`
    return this.#ipv6.get(key) ?? keep(this.#ipv6, key, { address, port })
  }
}

function keep<K>(table: Map<K, Endpoint>, key: K, endpoint: Endpoint): Endpoint {
  if (table.size >= MOST) table.clear()
  table.set(key, endpoint)
  return endpoint
}
