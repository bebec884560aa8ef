import ipaddr from 'ipaddr.js'

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Addresses of a trace against networks in CIDR notation; an IPv4-mapped address counts as the one it maps. */
export class Networks {
  readonly #networks: readonly Network[]
  readonly #known = new Map<string, boolean>()

  constructor(networks: readonly string[]) {
    this.#networks = networks.map((network) => ipaddr.parseCIDR(network))
  }

  has(address: string): boolean {
    let known = this.#known.get(address)
    if (known === undefined) {
      const parsed = ipaddr.process(address)
      known = this.#networks.some((network) => network[0].kind() === parsed.kind() && parsed.match(network))
      this.#known.set(address, known)
    }
    return known
  }
}
