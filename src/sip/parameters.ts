import type { AnomalyList } from './anomalies.ts'
import { endOfElement, MOST_VALUES, unescapeQuoted } from './list-values.ts'
import type { Parameters } from './message.ts'
import { skipWhiteSpace, trimWhiteSpace } from './token.ts'

export const NO_PARAMETERS: Parameters = new Map()

/**
 * Reads `*( SEMI name [ EQUAL value ] )` (RFC 3261 §25.1, generic-param) from index `from` of a text, white space
 * around `;` and `=` allowed. Names become lower case, quoted values lose quotes and escapes, the first of a name
 * counts. What is no parameter is stated and skipped.
 */
export function parseParameters(text: string, from: number, anomalies: AnomalyList): Parameters {
  let at = skipWhiteSpace(text, from)
  if (at >= text.length) return NO_PARAMETERS
  const parameters = new Map<string, string>()
  if (text.charCodeAt(at) !== 59) {
    anomalies.add('parameter-malformed')
    at = endOfElement(text, at, 59, anomalies)
  }
  while (at < text.length) {
    const end = endOfElement(text, at + 1, 59, anomalies)
    if (parameters.size < MOST_VALUES) addParameter(parameters, text.slice(at + 1, end), anomalies)
    else anomalies.add('values-over-limit')
    at = end
  }
  return parameters
}

function addParameter(parameters: Map<string, string>, text: string, anomalies: AnomalyList): void {
  const equals = text.indexOf('=')
  const name = trimWhiteSpace(equals < 0 ? text : text.slice(0, equals)).toLowerCase()
  if (name === '') {
    anomalies.add('parameter-empty')
    return
  }
  if (!parameters.has(name)) parameters.set(name, equals < 0 ? '' : parameterValue(text.slice(equals + 1)))
}

function parameterValue(text: string): string {
  const value = trimWhiteSpace(text)
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value
  return unescapeQuoted(value.slice(1, -1))
}
