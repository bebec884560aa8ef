import { isIPv6 } from 'node:net'
import { inflateRawSync } from 'node:zlib'
import type { LargeReport } from '../../../src/model/report-objects.ts'
import { classifyAddress, formatAddress, parseAddress } from '../../../src/net/addresses.ts'
import { FORMATS } from '../../../src/report/formats.ts'
import { RULES } from '../../../src/rules/catalogue.ts'

/** What in a report says who and where, found by other means than those that replace it. */
export interface Originals {
  /** Canonical. */
  readonly addresses: ReadonlySet<string>
  /** Users, names, hosts, numbers, Call-IDs, files: as written, and in lower case. */
  readonly words: ReadonlySet<string>
}

/** Addresses that are the same in every network. */
const NOBODYS: ReadonlySet<string | undefined> = new Set(['loopback', 'unspecified', 'multicast'])
/** Names that identify nobody, and words of ours. */
const COMMON: ReadonlySet<string> = new Set([
  'localhost',
  'anonymous',
  'anonymous.invalid',
  'nothing',
  'default',
  'sip:',
])

/** Members of the report whose whole text is an original. */
const WHOLE: ReadonlySet<string> = new Set(
  (
    'callId callIds keyOfCall securedCallId refusedCallId path keyLabel subject issuer serial names name certificate host hosts ' +
    'account addressOfRecord domains list bundle authorities'
  ).split(' '),
)

export function originalsOf(report: unknown): Originals {
  const found = { addresses: new Set<string>(), words: new Set<string>() }
  collect(report, '', found)
  return found
}

function collect(value: unknown, name: string, found: { addresses: Set<string>; words: Set<string> }): void {
  if (Array.isArray(value)) for (const one of value) collect(one, name, found)
  else if (typeof value === 'object' && value !== null) {
    for (const [member, one] of Object.entries(value)) if (member !== 'tool') collect(one, member, found)
  } else if (typeof value === 'string') {
    for (const address of addressesIn(value)) found.addresses.add(address)
    for (const word of wordsIn(value, name)) if (counts(word)) found.words.add(word)
  }
}

/** Words of our own prose: as names they cannot be told from it. */
const OURS: ReadonlySet<string> = new Set(
  `${JSON.stringify(RULES.map(({ text }) => text))} caller callee one-way x509`.toLowerCase().split(/[^\p{L}\p{N}-]+/u),
)

function counts(word: string): boolean {
  if (COMMON.has(word.toLowerCase()) || OURS.has(word.toLowerCase()) || parseAddress(word) !== undefined) return false
  return /^\d+$/.test(word) ? word.length >= 5 : word.length >= 3
}

function* wordsIn(text: string, name: string): Generator<string> {
  if (WHOLE.has(name) && !/^(?:10|\d{4}-)/.test(text)) yield text
  if (WHOLE.has(name) && text.includes('@')) yield text.slice(0, text.lastIndexOf('@'))
  if (name === 'path') yield text.slice(text.lastIndexOf('/') + 1).replace(/\..*$/, '')
  for (const [, display] of text.matchAll(/"([^"]*)"\s*</g)) yield display
  for (const [, user] of text.matchAll(/(?:sips?|tel):([^@\s;>"]+)@?/gi)) {
    yield user
    yield `:${user}@`
    yield decodeURIComponent(user.replace(/%(?![0-9a-f]{2})/gi, '%25'))
    yield user.replace(/[^+\d]/g, '')
  }
  for (const [, host] of text.matchAll(/@(\[[^\]]*\]|[^\s;:>"?,)]+)/g)) yield host
  for (const [host] of text.matchAll(/[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*\.[\p{L}]{2,}/gu)) {
    if (!/^(?:srtp|sip|tls|networks)\.\w+$|\.(?:json|pem|pcap|pcapng|txt)$/.test(host)) yield host
  }
  for (const [, , value] of text.matchAll(/(?:^|, )([A-Za-z]+)=([^,=]+)/g)) {
    if (['subject', 'issuer', 'missing', 'endsIn'].includes(name) && value.length > 2) yield value
  }
}

/** Canonical forms of all addresses in a text, whatever stands around them. */
export function addressesIn(text: string): string[] {
  const v4 = [...text.matchAll(/(?<!\d|\d\.|§)\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)/g)].map(([one]) => one)
  const v6 = [...text.matchAll(/[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*/g)].flatMap(([run]) =>
    [run, run.replace(/:$/, ''), run.replace(/^:/, ''), run.replace(/[.:]+$/, '')].filter((one) => isIPv6(one)),
  )
  return [...v4, ...v6].flatMap((one) => {
    const octets = parseAddress(one)
    if (octets === undefined || NOBODYS.has(classifyAddress(one))) return []
    return [formatAddress(octets, 0, octets.length)]
  })
}

/** Originals that stand in a text as words of their own. */
export function survivorsIn(text: string, { addresses, words }: Originals): string[] {
  const left = [...new Set(addressesIn(text))].filter((address) => addresses.has(address))
  for (const word of words) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      const isWord =
        !/[\p{L}\p{N}]$/u.test(text.slice(0, at).slice(-1)) && !/^[\p{L}\p{N}]/u.test(text.slice(at + word.length))
      if (!isWord && /^[\p{L}\p{N}]/u.test(word)) continue
      left.push(word)
      break
    }
  }
  return left
}

/** What a browser reads of a page that carries its data deflated (RFC 1951), in base64. */
export function readable(text: string): string {
  return text.replace(/(<script type="text\/plain" id="[^"]*">)([^<]*)(?=<)/g, (_, tag: string, data: string) => {
    return tag + inflateRawSync(Buffer.from(data, 'base64')).toString()
  })
}

/** A report in every format there is. */
export async function* inEveryFormat(report: LargeReport): AsyncGenerator<[string, string]> {
  for (const [name, format] of Object.entries(FORMATS)) {
    const options = { width: 80, color: false, quiet: false, verbose: true }
    const formatter = await format.formatter()
    yield [name, readable([...formatter(report, options)].join(''))]
  }
}
