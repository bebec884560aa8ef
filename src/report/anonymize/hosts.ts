import type { Addresses } from './addresses.ts'
import { type Keyed, remembered } from './keyed.ts'
import { wordOf } from './words.ts'

/** Names of no host in particular (RFC 6761 §6.3, RFC 3323 §4.1.1.3). */
const NOBODYS: ReadonlySet<string> = new Set(['localhost', 'anonymous.invalid'])

/** RFC 1035 §2.3.4. What is longer is no host, and replaced as a whole. */
const LONGEST = 255

/**
 * Hosts by names under .example that are as deep, hosts of one domain by hosts of one domain; a name of one label by one
 * under .invalid. Wildcards, labels of services (`_sip`) and .local stay. Addresses are replaced as such.
 */
export class Hosts {
  readonly #keyed: Keyed
  readonly #addresses: Addresses

  constructor(keyed: Keyed, addresses: Addresses) {
    this.#keyed = keyed
    this.#addresses = addresses
  }

  /** A name or an address, in brackets or not. */
  readonly replaced = remembered((text) => {
    const address = /^\[(.*)\]$/.exec(text)
    if (address !== null) return `[${this.#addresses.replaced(address[1]) ?? this.#name(address[1])}]`
    return this.#addresses.replaced(text) ?? this.#name(text)
  })

  /** The same with a port behind it. */
  endpoint(text: string): string {
    if (this.#addresses.replaced(text) !== undefined) return this.replaced(text)
    const [, host, port] = /^(.*?)(:\d{1,5})?$/s.exec(text) as RegExpExecArray
    return `${this.replaced(host)}${port ?? ''}`
  }

  #name(text: string): string {
    const name = text.toLowerCase().replace(/\.$/, '')
    if (name === '' || NOBODYS.has(name)) return text
    const labels = name.length > LONGEST ? [name] : name.split('.')
    const end = text.endsWith('.') ? '.' : ''
    if (labels.length === 1) return `${this.#label(labels, 0)}.invalid${end}`
    const top = labels[labels.length - 1] === 'local' ? 'local' : 'example'
    return [...labels.slice(0, -1).map((_, n) => this.#label(labels, n)), top].join('.') + end
  }

  /** A label by the whole name from there on: what shares it shares its domain. */
  #label(labels: readonly string[], n: number): string {
    const label = labels[n]
    if (label === '' || label === '*' || label.startsWith('_')) return label
    return wordOf(this.#keyed.octets('host', labels.slice(n).join('.')))
  }
}
