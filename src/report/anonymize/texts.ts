import { STATEMENTS } from '../../policy/statements.ts'
import { RULES } from '../../rules/catalogue.ts'
import type { Addresses } from './addresses.ts'
import type { Hosts } from './hosts.ts'
import { remembered } from './keyed.ts'
import { KnownOriginals, type KnownPlace } from './known-originals.ts'
import type { Names } from './names.ts'
import type { Numbers } from './numbers.ts'
import type { Parties } from './parties.ts'

/** What looks like somebody's, wherever it stands. The order matters: a URI holds a host. */
const PATTERNS = {
  uri: '(?:[sS][iI][pP][sS]?|[tT][eE][lL]|[mM][aA][iI][lL][tT][oO]|[hH][tT][tT][pP][sS]?|[wW][sS][sS]?|[sS][tT][uU][nN]|[tT][uU][rR][nN][sS]?):[^\\s<>"\'`,(){}]*[^\\s<>"\'`,.:;(){}…]',
  userAtHost:
    '(?<![^\\s<>"\'`,;:()@=])[^\\s<>"\'`,;:()@=]{1,250}@(?:\\[[^\\]\\s]+\\]|[\\p{L}\\p{N}](?:[\\p{L}\\p{N}._-]*[\\p{L}\\p{N}_])?)',
  // Behind § it is a section of an RFC.
  ipv4: '(?<![\\d.§])\\d{1,3}(?:\\.\\d{1,3}){3}(?:/\\d{1,2}(?!\\d))?(?!\\d|\\.\\d)',
  fingerprint: '(?<![0-9A-Fa-f:])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5,}(?![0-9A-Fa-f])',
  ipv6: '(?<![\\p{L}\\p{N}])(?:[0-9A-Fa-f]{0,4}:){2,8}(?:\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9A-Fa-f]{0,4})(?:%\\w+)?(?:/\\d{1,3})?(?![\\p{L}\\p{N}])',
  host: '(?<![\\p{L}\\p{N}_.-])(?:\\*\\.)?(?:[\\p{L}\\p{N}_][\\p{L}\\p{N}_-]*\\.)+(?:\\p{L}{2,63}|xn--[a-z0-9-]+)(?![\\p{L}\\p{N}_-])',
  digest: '(?<![\\p{L}\\p{N}])(?=[0-9a-f]*[a-f])(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})(?![\\p{L}\\p{N}])',
  // `[key 16073021]` is a key of SDP by its fingerprint.
  number:
    '(?<![\\p{L}\\p{N}.])\\+\\d{5,}(?!\\d)|(?<![\\p{L}\\p{N}.,:^-]|frames? |\\[key (?=\\d{8}\\]))\\d{7,}(?![\\p{L}\\p{N}]|[.,:-]\\d)',
} as const

type Pattern = keyof typeof PATTERNS

const ANY = Object.entries(PATTERNS)
  .map(([name, pattern]) => `(?<${name}>${pattern})`)
  .join('|')
const NET = new RegExp(ANY, 'gu')
/** What rules say wherever they speak, examples of URIs among it. */
const OURS: ReadonlySet<string> = new Set(RULES.map(({ text }) => text.remedy))
const NOTHING = new KnownOriginals()

/** Endings of files that our own words name (`keys.json`); none of them is a top-level domain. */
const FILES = /\.(?:json|ndjson|pem|pcap|pcapng|txt|crt)$/

/** What replaces the originals of each kind. */
interface Replacers {
  readonly addresses: Addresses
  readonly hosts: Hosts
  readonly numbers: Numbers
  readonly parties: Parties
  readonly names: Names
}

/** Prose, and what came over the wire inside of it. */
export class Texts {
  readonly #by: Readonly<Record<Pattern, (text: string, known: KnownOriginals) => string>>
  readonly #unaided: (text: string) => string

  constructor({ addresses, hosts, numbers, parties, names }: Replacers) {
    const network = (text: string): string | undefined => {
      const [address, bits] = text.split('/')
      return bits === undefined ? addresses.replaced(address) : addresses.network(address, Number(bits))
    }
    this.#by = {
      uri: parties.replaced,
      userAtHost: parties.replaced,
      ipv4: (text) => network(text) ?? text,
      fingerprint: names.digest,
      ipv6: (text) => {
        // Colons of the text around it may stand beside it.
        const tries = [text, text.slice(0, -1), text.slice(1), text.slice(1, -1)]
        const found = tries.find((one) => network(one) !== undefined)
        return found === undefined ? text : text.replace(found, network(found) as string)
      },
      host: (text) => (FILES.test(text) || Object.hasOwn(STATEMENTS, text) ? text : hosts.replaced(text)),
      digest: names.digest,
      number: (text, known) => (known.isOurs(text) ? text : numbers.replaced(text)),
    }
    this.#unaided = remembered((text) => this.#replaced(text, [], NOTHING))
  }

  /** A text with every original that is known, or looks like one, replaced once. */
  replaced(text: string, known: KnownOriginals = NOTHING): string {
    if (OURS.has(text)) return text
    const places = known.placesIn(text)
    return places.length === 0 && !/\d{7}/.test(text) ? this.#unaided(text) : this.#replaced(text, places, known)
  }

  /** Of what is known and what looks like something, that comes first which begins first. */
  #replaced(text: string, places: readonly KnownPlace[], known: KnownOriginals): string {
    let replaced = ''
    let from = 0
    let looks = nextIn(text, from)
    const keep = (until: number, replacement: string, end: number): void => {
      replaced += text.slice(from, until) + replacement
      from = end
      if (looks !== undefined && looks.index < from) looks = nextIn(text, from)
    }
    const lookalikesBefore = (until: number): void => {
      while (looks !== undefined && looks.index < until) {
        keep(looks.index, this.#lookalike(looks, known), looks.index + looks[0].length)
      }
    }
    for (const { at, end, replacement } of places) {
      lookalikesBefore(at)
      if (at >= from) keep(at, replacement, end)
    }
    lookalikesBefore(text.length)
    return replaced + text.slice(from)
  }

  #lookalike({ 0: whole, groups = {} }: RegExpExecArray, known: KnownOriginals): string {
    for (const name in this.#by) if (groups[name] !== undefined) return this.#by[name as Pattern](whole, known)
    return whole
  }
}

function nextIn(text: string, from: number): RegExpExecArray | undefined {
  NET.lastIndex = from
  return NET.exec(text) ?? undefined
}
