import type { AnomalyList } from './anomalies.ts'
import { endOfElement } from './list-values.ts'
import type { Draft, Parameters } from './message.ts'
import { parseParameters } from './parameters.ts'
import { isToken, isWhiteSpace, skipWhiteSpace, trimWhiteSpace } from './token.ts'
import { parseHostPort } from './uri.ts'

/** One hop of the Via header (RFC 3261 §20.42, §18.2.1; RFC 3581). */
export interface Via {
  /** Upper case: UDP, TCP, TLS, SCTP, TLS-SCTP, WS, WSS or an extension. */
  readonly transport: string
  /** Lower case, without the brackets of an IPv6 literal. */
  readonly host: string
  readonly port?: number
  readonly branch?: string
  readonly params: Parameters
}

/** Begins every branch made by RFC 3261 §8.1.1.7; compared without regard to case, as tokens are. */
const MAGIC_COOKIE = 'z9hg4bk'

/**
 * Parses one Via value: `SIP / 2.0 / transport sent-by *( ; parameter )`, white space allowed where shown.
 * Undefined, and stated, where there is no transport or no host.
 */
export function parseVia(text: string, anomalies: AnomalyList): Via | undefined {
  const parametersAt = endOfElement(text, 0, 59, anomalies)
  const head = text.slice(0, parametersAt)
  const firstSlash = head.indexOf('/')
  const secondSlash = firstSlash < 0 ? -1 : head.indexOf('/', firstSlash + 1)
  const transportAt = secondSlash < 0 ? head.length : skipWhiteSpace(head, secondSlash + 1)
  let transportEnd = transportAt
  while (transportEnd < head.length && !isWhiteSpace(head.charCodeAt(transportEnd))) transportEnd++
  const transport = head.slice(transportAt, transportEnd).toUpperCase()
  const sentBy = parseHostPort(trimWhiteSpace(head.slice(transportEnd)))
  const params = parseParameters(text, parametersAt, anomalies)
  if (!isToken(transport) || sentBy === undefined) {
    anomalies.add('via-malformed')
    return undefined
  }
  const protocol = trimWhiteSpace(head.slice(0, firstSlash)).toUpperCase()
  const version = trimWhiteSpace(head.slice(firstSlash + 1, secondSlash))
  if (protocol !== 'SIP' || version !== '2.0') anomalies.add('via-version-unknown')
  if (sentBy.host === '255.255.255.255') anomalies.add('via-broadcast')
  const branch = params.get('branch')
  const cookie = branch?.slice(0, MAGIC_COOKIE.length).toLowerCase() === MAGIC_COOKIE
  if (!cookie) anomalies.add('via-branch-rfc2543')
  else if (branch?.length === MAGIC_COOKIE.length) anomalies.add('via-branch-empty')
  const via: Draft<Via> = { transport, host: sentBy.host, params }
  if (sentBy.port !== undefined) via.port = sentBy.port
  if (branch !== undefined) via.branch = branch
  return via
}
