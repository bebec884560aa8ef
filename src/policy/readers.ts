import { isIP } from 'node:net'
import { nearest } from '../bytes/nearest.ts'
import { replaceKeyLike } from '../sdp/like-key.ts'
import { SUITES, suiteByName } from '../srtp/suites.ts'
import type { TlsAuthorities } from './policy.ts'
import { ValueProblem } from './policy-error.ts'
import type { Reader } from './statement.ts'

/** Elements of a list, at most. */
const MOST = 10_000

export const truth: Reader<boolean> = (value) => {
  if (typeof value !== 'boolean') throw new ValueProblem(`${shown(value)}; true or false is wanted`)
  return value
}

export function wholeNumber(least: number, most: number): Reader<number> {
  return (value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    throw new ValueProblem(`${shown(value)}; a whole number from ${least} to ${most} is wanted`)
  }
}

/** A list without repetitions that is not empty. */
export function listOf<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, folder) => {
    if (!Array.isArray(value) || value.length === 0) throw new ValueProblem(`${shown(value)}; a list is wanted: [ … ]`)
    if (value.length > MOST) throw new ValueProblem(`${value.length} elements; ${MOST} at most`)
    return [...new Set(value.map((one, n) => at(`[${n}]`, () => read(one, folder))))]
  }
}

export function oneOf<T extends string>(words: readonly T[], what: string): Reader<T> {
  return (value) => {
    const found = words.find((word) => typeof value === 'string' && word.toLowerCase() === value.trim().toLowerCase())
    if (found !== undefined) return found
    const near = typeof value === 'string' ? nearest(value, words) : undefined
    const right = near === undefined ? `${words.slice(0, 12).join(', ')} are known` : `${near} is the nearest`
    throw new ValueProblem(`${shown(value)} is no ${what}; ${right}`)
  }
}

/** A text that matches a pattern. */
export function textLike(pattern: RegExp, wanted: string): Reader<string> {
  return (value) => {
    if (typeof value === 'string' && value.length <= 255 && pattern.test(value)) return value
    throw new ValueProblem(`${shown(value)}; ${wanted} is wanted`)
  }
}

const SUITE_NAMES = SUITES.map(({ name }) => name)

/** A suite by any of its spellings, as registered. */
export const suite: Reader<string> = (value) => {
  const known = typeof value === 'string' ? suiteByName(value) : undefined
  return known?.name ?? oneOf(SUITE_NAMES, 'crypto suite')(value, '')
}

export const hostName = textLike(
  /^(?=.{1,253}$)(?!\d+(\.\d+){3}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i,
  'a host name like sip.example.com',
)

/** An address or a network in CIDR notation; an address is the network of itself. */
export const network: Reader<string> = (value) => {
  const [address, bits, ...more] = typeof value === 'string' ? value.split('/') : []
  const family = isIP(address ?? '')
  const most = family === 4 ? 32 : 128
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN
  // A zone (RFC 4007) means something to one host only.
  if (family !== 0 && !address.includes('%') && more.length === 0 && length <= most) return `${address}/${length}`
  throw new ValueProblem(`${shown(value)}; an address or a network like 192.0.2.0/24 is wanted`)
}

export const portRange: Reader<{ from: number; to: number }> = (value) => {
  const { from, to } = fields(value, ['from', 'to'], '{"from": 16384, "to": 32768}')
  const port = wholeNumber(1, 65_535)
  const range = { from: at('.from', () => port(from, '')), to: at('.to', () => port(to, '')) }
  if (range.from > range.to) throw new ValueProblem(`from ${range.from} to ${range.to} is no range; turn the two round`)
  return range
}

/** Names by address or network. */
export const namesByAddress: Reader<Readonly<Record<string, string>>> = (value) => {
  const entries = Object.entries(isObject(value) ? value : {})
  if (entries.length === 0 || entries.length > MOST)
    throw new ValueProblem(`${shown(value)}; names by address are wanted: {"192.0.2.1": "sip.example.com"}`)
  return Object.fromEntries(
    entries.map(([address, name]) => {
      const place = `[${shown(address)}]`
      return [at(place, () => network(address, '')), at(place, () => hostName(name, ''))]
    }),
  )
}

/** A relative path of a bundle starts at the folder of its policy. */
export const authorities: Reader<TlsAuthorities> = (value, folder) => {
  if (value === 'any' || value === 'public') return value
  const wanted = '"public", "any", {"organisations": [ … ]} or {"bundle": "authorities.pem"}'
  const { organisations, bundle } = fields(value, ['organisations', 'bundle'], wanted)
  if (organisations === undefined && bundle === undefined)
    throw new ValueProblem(`names no authority; ${wanted} is wanted`)
  const names = listOf(textLike(/\S/, 'a name'))
  const path = textLike(/\S/, 'the path of a file of certificates in PEM')
  return {
    ...(organisations !== undefined && { organisations: at('.organisations', () => names(organisations, folder)) }),
    ...(bundle !== undefined && {
      bundle: under(
        folder,
        at('.bundle', () => path(bundle, folder)),
      ),
    }),
  }
}

function under(folder: string, path: string): string {
  return folder === '' || /^([\\/]|[a-z]:)/i.test(path) ? path : `${folder}/${path}`
}

/** The members of an object that may have no others. */
function fields<N extends string>(value: unknown, names: readonly N[], wanted: string): { [M in N]?: unknown } {
  if (!isObject(value)) throw new ValueProblem(`${shown(value)}; ${wanted} is wanted`)
  const unknown = Object.keys(value).find((name) => !names.includes(name as N))
  if (unknown !== undefined) throw new ValueProblem(`unknown member ${shown(unknown)}; ${wanted} is wanted`)
  return value as { [M in N]?: unknown }
}

function at<T>(place: string, read: () => T): T {
  try {
    return read()
  } catch (problem) {
    if (!(problem instanceof ValueProblem)) throw problem
    throw new ValueProblem(problem.message, place + problem.place)
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as an error shows it: short, on one line, and without a key that a file of keys for a policy would have. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (isObject(value)) return 'an object'
  const text = replaceKeyLike(JSON.stringify(value) ?? 'nothing', (word) => `[${word.length} characters]`)
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`
}
