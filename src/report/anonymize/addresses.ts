import { formatAddress, parseAddress } from '../../net/addresses.ts'
import { type AddressBlock, blockOf } from './address-blocks.ts'
import { type Keyed, remembered } from './keyed.ts'

const MOST_PREFIXES = 20_000

/**
 * Addresses by others of the same block: two that share their first n bits do so afterwards, and no two become one
 * (prefix preserving: Xu, Fan, Ammar, Moon: "Prefix-preserving IP address anonymization", 2002). A public address goes
 * from one to the next until it is in no block, so that its network may be cut where a block lies inside, beyond /24 never.
 */
export class Addresses {
  readonly #keyed: Keyed
  /** Which bits of an octet are turned, by what stands before it. */
  readonly #turns = new Map<string, Buffer>()

  constructor(keyed: Keyed) {
    this.#keyed = keyed
  }

  /** An address in any spelling, without brackets; its zone is dropped. Undefined where it is none. */
  readonly replaced = (text: string): string | undefined => {
    const replaced = this.#known(text)
    return replaced === '' ? undefined : replaced
  }

  readonly #known = remembered((text) => {
    const octets = parseAddress(withoutLeadingZeros(text))
    return octets === undefined ? '' : formatAddress(this.octets(octets), 0, octets.length)
  })

  /** A network of so many bits, its address with or without host bits. Undefined where it is none. */
  network(address: string, bits: number): string | undefined {
    const octets = parseAddress(withoutLeadingZeros(address))
    if (octets === undefined || bits > 8 * octets.length) return undefined
    const { kept = 0, holdsIpv4 = false } = blockOf(octets) ?? {}
    if (kept === 'all' || (!holdsIpv4 && bits <= kept)) return `${formatAddress(octets, 0, octets.length)}/${bits}`
    const replaced = this.octets(octets)
    for (let bit = bits; bit < 8 * octets.length; bit++) replaced[bit >> 3] &= ~(0x80 >> (bit & 7))
    return `${formatAddress(replaced, 0, octets.length)}/${bits}`
  }

  /** The same for 4 or 16 octets. */
  octets(octets: Uint8Array): Uint8Array {
    const block = blockOf(octets)
    if (block?.kept === 'all') return Uint8Array.from(octets)
    if (block?.holdsIpv4) return Uint8Array.from([...octets.subarray(0, 12), ...this.octets(octets.subarray(12))])
    let replaced = octets
    do replaced = this.#permuted(replaced, block)
    while (blockOf(replaced) !== block)
    return replaced
  }

  #permuted(octets: Uint8Array, { kept = 0, turned = false }: Partial<AddressBlock> = {}): Uint8Array {
    const first = kept as number
    const replaced = Uint8Array.from(octets)
    for (let place = first >> 3; place < octets.length; place++) {
      const turns = this.#turnsAfter(octets.subarray(0, place), octets.length)
      for (let bit = Math.max(0, first - 8 * place); bit < 8; bit++) {
        // Bits of the octet so far, behind a 1: a place of its own for each of the 255 ways to begin one.
        const node = (1 << bit) | (octets[place] >> (8 - bit))
        const isTurned = (turned && 8 * place + bit === first) || ((turns[node >> 3] >> (node & 7)) & 1) === 1
        if (isTurned) replaced[place] ^= 0x80 >> bit
      }
    }
    return replaced
  }

  #turnsAfter(prefix: Uint8Array, length: number): Buffer {
    const name = `${length} ${Buffer.from(prefix).toString('latin1')}`
    let turns = this.#turns.get(name)
    if (turns === undefined) {
      turns = this.#keyed.octets(`address ${length}`, prefix)
      if (this.#turns.size >= MOST_PREFIXES) this.#turns.clear()
      this.#turns.set(name, turns)
    }
    return turns
  }
}

/** `192.000.002.001`, as some write it: decimal all the same. */
function withoutLeadingZeros(text: string): string {
  return /^\d+(?:\.\d+){3}$/.test(text) ? text.replace(/(^|\.)0+(?=\d)/g, '$1') : text
}
