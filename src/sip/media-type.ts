import type { AnomalyList } from './anomalies.ts'
import { endOfElement } from './list-values.ts'
import type { Parameters } from './message.ts'
import { parseParameters } from './parameters.ts'
import { isToken, trimWhiteSpace } from './token.ts'

export interface MediaType {
  /** `type/subtype`, lower case. */
  readonly type: string
  readonly params: Parameters
}

/** Parses `type "/" subtype *( ; parameter )`, white space allowed around each sign (RFC 3261 §20.15). */
export function parseMediaType(text: string, anomalies: AnomalyList): MediaType {
  const end = endOfElement(text, 0, 59, anomalies)
  const [type, subtype, ...more] = text.slice(0, end).split('/', 3).map(trimWhiteSpace)
  const params = parseParameters(text, end, anomalies)
  if (subtype !== undefined && more.length === 0 && isToken(type) && isToken(subtype))
    return { type: `${type}/${subtype}`.toLowerCase(), params }
  anomalies.add('content-type-malformed')
  return { type: trimWhiteSpace(text.slice(0, end)).toLowerCase(), params }
}

/** The disposition type of a Content-Disposition value, lower case (RFC 3261 §20.11). */
export function parseDisposition(text: string, anomalies: AnomalyList): string {
  return trimWhiteSpace(text.slice(0, endOfElement(text, 0, 59, anomalies))).toLowerCase()
}
