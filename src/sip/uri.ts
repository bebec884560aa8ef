import type { AnomalyList } from './anomalies.ts'
import type { Draft, Parameters } from './message.ts'
import { NO_PARAMETERS } from './parameters.ts'
import { parseDecimal } from './token.ts'

/** A URI of SIP (RFC 3261 §19.1), of telephony (RFC 3966), or of any other scheme, whose rest is then opaque. */
export interface SipUri {
  /** Lower case. */
  readonly scheme: string
  /** Unescaped; for tel the number. */
  readonly user?: string
  /** Lower case, without the brackets of an IPv6 literal; '' for tel and opaque URIs. */
  readonly host: string
  readonly port?: number
  /** Names in lower case, names and values unescaped. */
  readonly params: Parameters
  /** What follows `?`, as written. */
  readonly headers?: string
}

/**
 * Parses a URI, undefined where it has no scheme, or is sip or sips without a host or with a bad port. Passwords in
 * userinfo (§19.1.1 advises against them) are dropped, never kept.
 */
export function parseUri(text: string, anomalies?: AnomalyList): SipUri | undefined {
  const colon = text.indexOf(':')
  if (colon <= 0 || !isScheme(text, colon)) {
    anomalies?.add('uri-malformed')
    return undefined
  }
  const scheme = text.slice(0, colon).toLowerCase()
  const rest = text.slice(colon + 1)
  if (scheme === 'sip' || scheme === 'sips') {
    if (rest.includes('%')) checkEscapes(rest, anomalies)
    const uri = parseSipUri(scheme, rest)
    if (uri === undefined) anomalies?.add('uri-malformed')
    return uri
  }
  if (scheme === 'tel') {
    const semicolon = rest.indexOf(';')
    const number = semicolon < 0 ? rest : rest.slice(0, semicolon)
    return { scheme, user: number, host: '', params: semicolon < 0 ? NO_PARAMETERS : uriParameters(rest, semicolon) }
  }
  anomalies?.add('uri-scheme-unknown')
  return { scheme, host: '', params: NO_PARAMETERS }
}

function parseSipUri(scheme: string, rest: string): SipUri | undefined {
  // Neither uri-parameters nor headers may hold an unescaped @ (§25.1), and userinfo may hold ; and ?: RFC 4475 §3.1.1.9.
  const at = rest.lastIndexOf('@')
  const question = rest.indexOf('?', at + 1)
  const address = question < 0 ? rest.slice(at + 1) : rest.slice(at + 1, question)
  const semicolon = address.indexOf(';')
  const hostPort = parseHostPort(semicolon < 0 ? address : address.slice(0, semicolon))
  if (hostPort === undefined) return undefined
  const params = semicolon < 0 ? NO_PARAMETERS : uriParameters(address, semicolon)
  const uri: Draft<SipUri> = { scheme, host: hostPort.host, params }
  if (hostPort.port !== undefined) uri.port = hostPort.port
  if (at >= 0) uri.user = userOf(rest.slice(0, at))
  if (question >= 0) uri.headers = rest.slice(question + 1)
  return uri
}

function userOf(userinfo: string): string {
  const colon = userinfo.indexOf(':')
  return unescapeUri(colon < 0 ? userinfo : userinfo.slice(0, colon))
}

/** `host [ ":" port ]`, IPv6 in brackets, white space around the colon allowed (as Via's sent-by has it, RFC 3261 §25.1). */
export function parseHostPort(text: string): { host: string; port?: number } | undefined {
  let hostEnd: number
  let host: string
  if (text.startsWith('[')) {
    const close = text.indexOf(']')
    if (close < 0) return undefined
    host = text.slice(1, close)
    hostEnd = close + 1
  } else {
    const colon = text.indexOf(':')
    hostEnd = colon < 0 ? text.length : colon
    host = text.slice(0, hostEnd).trim()
  }
  if (!isHost(host)) return undefined
  const after = text.slice(hostEnd).trim()
  if (after === '') return { host: host.toLowerCase() }
  const port = after.startsWith(':') ? parseDecimal(after.slice(1).trim()) : undefined
  return port !== undefined && port <= 65535 ? { host: host.toLowerCase(), port } : undefined
}

/** Letters, digits, `-`, `.`, `:` and, as many devices write it, `_`; never empty. */
function isHost(host: string): boolean {
  for (let i = 0; i < host.length; i++) {
    const c = host.charCodeAt(i)
    const letterOrDigit = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 58)
    if (!letterOrDigit && c !== 45 && c !== 46 && c !== 95 && c !== 37) return false
  }
  return host.length > 0
}

function uriParameters(text: string, semicolon: number): Parameters {
  const parameters = new Map<string, string>()
  for (let at = semicolon; at < text.length; ) {
    const next = text.indexOf(';', at + 1)
    const parameter = text.slice(at + 1, next < 0 ? text.length : next)
    const equals = parameter.indexOf('=')
    const name = unescapeUri(equals < 0 ? parameter : parameter.slice(0, equals)).toLowerCase()
    if (name !== '' && !parameters.has(name))
      parameters.set(name, equals < 0 ? '' : unescapeUri(parameter.slice(equals + 1)))
    at = next < 0 ? text.length : next
  }
  return parameters
}

/** RFC 3986 §3.1. */
function isScheme(text: string, end: number): boolean {
  for (let i = 0; i < end; i++) {
    const c = text.charCodeAt(i)
    const letter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90)
    const other = (c >= 48 && c <= 57) || c === 43 || c === 45 || c === 46
    if (!letter && !(other && i > 0)) return false
  }
  return true
}

function checkEscapes(text: string, anomalies: AnomalyList | undefined): void {
  if (anomalies === undefined) return
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
    const octet = escapedOctet(text, at)
    if (octet < 0) anomalies.add('uri-escape-malformed')
    if (octet === 0) anomalies.add('uri-escaped-nul')
  }
}

/** Replaces `%HH` by its octet, read as UTF-8 (RFC 3261 §19.1.2); a % that escapes nothing stays. */
export function unescapeUri(text: string): string {
  if (!text.includes('%')) return text
  const octets = Buffer.from(text, 'utf8')
  let length = 0
  for (let at = 0; at < octets.length; at++) {
    const high = octets[at] === 37 ? hexDigit(octets[at + 1] ?? 0) : -1
    const low = high >= 0 ? hexDigit(octets[at + 2] ?? 0) : -1
    if (low >= 0) {
      octets[length++] = high * 16 + low
      at += 2
    } else {
      octets[length++] = octets[at]
    }
  }
  return octets.toString('utf8', 0, length)
}

function escapedOctet(text: string, at: number): number {
  if (at + 2 >= text.length) return -1
  const high = hexDigit(text.charCodeAt(at + 1))
  const low = hexDigit(text.charCodeAt(at + 2))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
