import type { AnomalyList } from './anomalies.ts'
import { endOfElement, endOfQuoted, unescapeQuoted } from './list-values.ts'
import type { Draft, Parameters } from './message.ts'
import { NO_PARAMETERS, parseParameters } from './parameters.ts'
import { hasWhiteSpace, isToken, skipWhiteSpace, trimWhiteSpace } from './token.ts'
import { parseUri } from './uri.ts'

/** `[ display-name ] <addr-spec>` or a bare addr-spec, with header parameters (RFC 3261 §20.10). */
export interface NameAddress {
  /** Quotes and escapes removed. */
  readonly display?: string
  /** The addr-spec as written, with its URI parameters. */
  readonly uri: string
  /** Header parameter `tag`. */
  readonly tag?: string
  /** Header parameters. */
  readonly params: Parameters
}

/** Parses one value of From, To, Contact, Route, … (trimmed); undefined where it holds no URI at all. */
export function parseNameAddress(text: string, anomalies: AnomalyList): NameAddress | undefined {
  const open = openingBracket(text, anomalies)
  return open < 0 ? bareAddress(text, anomalies) : bracketedAddress(text, open, anomalies)
}

/** Index of the `<` that begins the addr-spec, -1 for a bare one. */
function openingBracket(text: string, anomalies: AnomalyList): number {
  if (!text.startsWith('"')) {
    const open = text.indexOf('<')
    const quote = text.indexOf('"')
    // sip:a@b;p="<x>" is a bare address.
    return quote >= 0 && quote < open ? -1 : open
  }
  const close = endOfQuoted(text, 0)
  if (close >= 0) return text.indexOf('<', close + 1)
  anomalies.add('quote-unbalanced')
  return text.indexOf('<')
}

function bracketedAddress(text: string, open: number, anomalies: AnomalyList): NameAddress | undefined {
  const close = text.indexOf('>', open)
  if (close < 0) anomalies.add('angle-bracket-unbalanced')
  const written = text.slice(open + 1, close < 0 ? text.length : close)
  const params = close < 0 ? undefined : parseParameters(text, close + 1, anomalies)
  const display = displayName(trimWhiteSpace(text.slice(0, open)), anomalies)
  return address(display, written, params ?? NO_PARAMETERS, anomalies)
}

function bareAddress(text: string, anomalies: AnomalyList): NameAddress | undefined {
  const end = endOfElement(text, 0, 59, anomalies)
  const written = trimWhiteSpace(text.slice(0, end))
  // Without <> everything from the first ; on belongs to the header, and ? and , are not allowed (RFC 3261 §20).
  if (written.includes('?')) anomalies.add('address-not-bracketed')
  return address(undefined, written, parseParameters(text, end, anomalies), anomalies)
}

function address(
  display: string | undefined,
  written: string,
  params: Parameters,
  anomalies: AnomalyList,
): NameAddress | undefined {
  const uri = trimWhiteSpace(written)
  if (uri === '') {
    anomalies.add('address-without-uri')
    return undefined
  }
  if (hasWhiteSpace(written)) anomalies.add('address-spaces')
  parseUri(uri, anomalies)
  const draft: Draft<NameAddress> = { uri, params }
  const tag = params.get('tag')
  if (tag !== undefined) draft.tag = tag
  if (display !== undefined) draft.display = display
  return draft
}

function displayName(text: string, anomalies: AnomalyList): string | undefined {
  if (text === '') return undefined
  if (text.startsWith('"')) {
    const close = endOfQuoted(text, 0)
    if (close < 0) return trimWhiteSpace(text.slice(1))
    if (skipWhiteSpace(text, close + 1) < text.length) anomalies.add('display-name-not-token')
    return unescapeQuoted(text.slice(1, close))
  }
  for (let at = 0; at < text.length; ) {
    let end = at
    while (end < text.length && text.charCodeAt(end) !== 32 && text.charCodeAt(end) !== 9) end++
    if (!isToken(text.slice(at, end))) {
      anomalies.add('display-name-not-token')
      break
    }
    at = skipWhiteSpace(text, end)
  }
  return text
}
