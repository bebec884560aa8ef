import type { Hosts } from './hosts.ts'
import { type Keyed, remembered } from './keyed.ts'
import type { Parties } from './parties.ts'
import { nameOf, wordOf } from './words.ts'

/** Octets of what is random anyhow, in hex. */
const TOKEN_OCTETS = 8

/** Digits of a fingerprint that stand for it. */
const BEGINNING = 16

/** Endings that say what a file is, and nothing else. */
const ENDING = /(?:\.(?:pcapng|pcap|cap|dump|json|pem|crt|cer|crl|der|txt))?(?:\.(?:gz|zst|xz))?$/i

/** Names that are no party's: Call-IDs, files, names and numbers in certificates, labels. */
export class Names {
  readonly #keyed: Keyed
  readonly #hosts: Hosts
  readonly #parties: Parties

  constructor(keyed: Keyed, hosts: Hosts, parties: Parties) {
    this.#keyed = keyed
    this.#hosts = hosts
    this.#parties = parties
  }

  /** `local@host` (RFC 3261 §25.1: callid): random in hex, and the host as everywhere. */
  readonly callId = remembered((text) => {
    if (text === '') return text
    const at = text.lastIndexOf('@')
    const token = this.#keyed.octets('call-id', at < 0 ? text : text.slice(0, at)).toString('hex', 0, TOKEN_OCTETS)
    return at < 0 ? token : `${token}@${this.#hosts.endpoint(text.slice(at + 1))}`
  })

  /** A file or a URL without its folders; what kind of file it is stays. Standard input is nobody's. */
  readonly path = remembered((text) => {
    if (text === '-' || text === '') return text
    const ending = ENDING.exec(text.split(/[?#]/)[0])?.[0] ?? ''
    return wordOf(this.#keyed.octets('path', text)) + ending
  })

  /** A name of X.501 as text: `CN=sbc.example.com, O=Example, C=DE`. Types and countries stay. */
  readonly distinguished = remembered((text) => {
    if (!text.includes('=')) return text === 'nothing' ? text : this.label(text)
    return text
      .split(/, (?=[A-Za-z][\w.]*=)/)
      .map((part) => this.#attribute(part))
      .join(', ')
  })

  #attribute(part: string): string {
    const equals = part.indexOf('=')
    const [type, value] = [part.slice(0, equals), part.slice(equals + 1)]
    if (equals < 0 || !/^[A-Za-z][\w.]*$/.test(type)) return this.label(part)
    if (type === 'C' && /^[A-Z]{2}$/.test(value)) return part
    return `${type}=${/^\S*[.@:]\S*$/.test(value) ? this.#parties.place(value) : this.label(value)}`
  }

  /** What somebody called something. */
  readonly label = remembered((text) => (text.trim() === '' ? text : nameOf(this.#keyed.octets('label', text))))

  /** What is random, or made of something that is not: 8 octets in hex. */
  readonly token = remembered((text) => this.#keyed.octets('token', text).toString('hex', 0, TOKEN_OCTETS))

  /**
   * A serial number, or a fingerprint of a certificate, by one as long. Evidence has the first 16 digits of a fingerprint:
   * they stay its beginning. The longest fingerprint has 64 octets.
   */
  readonly digest = remembered((text) => {
    const all = text.replace(/:/g, '').toLowerCase()
    const rest = [0, 1].map((n) => this.#keyed.octets(`digest ${n}`, all).toString('hex'))
    const hex = this.#keyed.octets('digest', all.slice(0, BEGINNING)).toString('hex', 0, BEGINNING / 2) + rest.join('')
    const digits = /[A-F]/.test(text) ? hex.toUpperCase() : hex
    let next = 0
    return text.replace(/[0-9A-Fa-f]/g, () => digits[next++ % digits.length])
  })
}
