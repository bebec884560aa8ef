import { unescapeUri } from '../../sip/uri.ts'
import type { Addresses } from './addresses.ts'
import type { Hosts } from './hosts.ts'
import { type Keyed, remembered } from './keyed.ts'
import { isNumber, type Numbers } from './numbers.ts'
import { nameOf, wordOf } from './words.ts'

/** Parameters of URIs whose values say what, and not who. */
const SAID: ReadonlySet<string> = new Set(['transport', 'user', 'method', 'ttl', 'lr', 'ob', 'comp', 'cause', 'tag'])
/** Those whose values are hosts, or numbers. */
const HOSTS: ReadonlySet<string> = new Set(['maddr', 'received', 'phone-context', 'trunk-context'])
const NUMBERS: ReadonlySet<string> = new Set(['ext', 'isub'])
/** Schemes with `user@host` behind the colon. */
const OF_USERS: ReadonlySet<string> = new Set(['sip', 'sips', 'mailto', 'im', 'pres', 'xmpp'])
const OF_HOSTS: ReadonlySet<string> = new Set(['http', 'https', 'ws', 'wss', 'stun', 'stuns', 'turn', 'turns'])

/** What is longer names nobody that can be read, and is replaced as a whole. */
const LONGEST = 1000

/** `"Alice" <sip:alice@example.com>;tag=1` (RFC 3261 §25.1). */
const NAME_ADDR = /^(?:"((?:[^"\\]|\\.)*)"|([^<"]*))\s*<([^<>]*)>(.*)$/s

/** Who somebody is, in whatever way it is written: URIs, name-addr, `user@host`, numbers, names. */
export class Parties {
  readonly #keyed: Keyed
  readonly #addresses: Addresses
  readonly #hosts: Hosts
  readonly #numbers: Numbers

  constructor(keyed: Keyed, addresses: Addresses, hosts: Hosts, numbers: Numbers) {
    this.#keyed = keyed
    this.#addresses = addresses
    this.#hosts = hosts
    this.#numbers = numbers
  }

  /** A party of a call: what has no other form is a user. */
  readonly replaced = remembered((text) =>
    text.length > LONGEST ? this.#opaque(text) : (this.#formed(text) ?? this.user(text)),
  )

  /** A host, unless its form is another: what a certificate is for, what a server is called. */
  readonly place = remembered((text) =>
    text.length > LONGEST ? this.#opaque(text) : (this.#formed(text) ?? this.#hosts.endpoint(text)),
  )

  /** A user part (RFC 3261 §19.1.1): a number by a number, a name by a word, an address by an address. */
  readonly user = remembered((text) => {
    const [name, ...parameters] = unescapeUri(text).split(';')
    return this.#user(name) + this.#parameters(parameters)
  })

  /** Words that people are called by: a word with a capital letter. */
  readonly name = remembered((text) => (text.trim() === '' ? text : nameOf(this.#keyed.octets('name', text))))

  #user(name: string): string {
    if (name === '' || name === '-' || /^anonymous$/i.test(name)) return name
    if (isNumber(name)) return this.#addresses.replaced(name) ?? this.#numbers.replaced(name)
    const address = this.#addresses.replaced(name)
    if (address !== undefined) return address
    const at = name.lastIndexOf('@')
    return at < 1 ? this.#word(name) : `${this.#word(name.slice(0, at))}%40${this.#hosts.replaced(name.slice(at + 1))}`
  }

  #word(name: string): string {
    return wordOf(this.#keyed.octets('user', name))
  }

  /** What has a form that says what it is. */
  #formed(text: string): string | undefined {
    const named = text.includes('<') ? NAME_ADDR.exec(text.trim()) : null
    if (named !== null) return this.#named(named[1] ?? named[2], named[3], named[4])
    const uri = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(text)
    const scheme = uri?.[1].toLowerCase() ?? ''
    if (uri !== null && OF_USERS.has(scheme)) return `${uri[1]}:${this.#userAtHost(uri[2])}`
    if (uri !== null && scheme === 'tel') return `${uri[1]}:${this.#number(uri[2])}`
    if (uri !== null && OF_HOSTS.has(scheme)) return `${uri[1]}:${this.#location(uri[2])}`
    if (uri !== null && scheme === 'urn') return `${uri[1]}:${this.#opaque(uri[2])}`
    if (this.#addresses.replaced(text) !== undefined) return this.#addresses.replaced(text)
    if (/^\[[^\]]*\](?::\d+)?$/.test(text) || /^\d+(?:\.\d+){3}:\d+$/.test(text)) return this.#hosts.endpoint(text)
    if (isNumber(text)) return this.#numbers.replaced(text)
    return text.includes('@') ? this.#userAtHost(text) : undefined
  }

  #named(display: string, uri: string, after: string): string {
    const shown = display.trim() === '' ? '' : `"${this.name(display.replace(/\\(.)/gs, '$1'))}" `
    return `${shown}<${this.replaced(uri)}>${this.#parameters(after.split(';').slice(1))}`
  }

  /** `user:password@host:port;parameters?headers`: passwords and headers are left out. */
  #userAtHost(text: string): string {
    const at = text.lastIndexOf('@')
    const [address, ...parameters] = text
      .slice(at + 1)
      .split('?')[0]
      .split(';')
    const user = at < 0 ? '' : `${this.user(text.slice(0, at).split(':')[0])}@`
    return user + this.#hosts.endpoint(address.trim()) + this.#parameters(parameters)
  }

  #number(text: string): string {
    const [number, ...parameters] = text.split(';')
    return this.user(number) + this.#parameters(parameters)
  }

  /** `//host:port/path`: what follows the host is left out. */
  #location(text: string): string {
    const [, slashes, authority] = /^(\/*)([^/?#]*)/.exec(text) as RegExpExecArray
    return slashes + this.#userAtHost(authority)
  }

  #parameters(parameters: readonly string[]): string {
    return parameters
      .map((parameter) => {
        const equals = parameter.indexOf('=')
        if (equals < 0) return `;${SAID.has(parameter.trim().toLowerCase()) ? parameter : this.#opaque(parameter)}`
        const [name, value] = [parameter.slice(0, equals), unescapeUri(parameter.slice(equals + 1))]
        return `;${this.#parameter(name.trim().toLowerCase(), value)}`
      })
      .join('')
  }

  #parameter(name: string, value: string): string {
    if (SAID.has(name)) return `${name}=${/^[\w.-]*$/.test(value) && !isNumber(value) ? value : this.#opaque(value)}`
    if (HOSTS.has(name))
      return `${name}=${isNumber(value) ? this.#numbers.replaced(value) : this.#hosts.replaced(value)}`
    if (NUMBERS.has(name) && isNumber(value)) return `${name}=${this.#numbers.replaced(value)}`
    return `${/^[a-z-]{1,20}$/.test(name) ? name : this.#opaque(name)}=${this.#opaque(value)}`
  }

  #opaque(text: string): string {
    return text === '' ? '' : wordOf(this.#keyed.octets('value', text))
  }
}
