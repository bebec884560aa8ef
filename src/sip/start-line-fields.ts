import { AnomalyList } from './anomalies.ts'
import { hasWhiteSpace, isToken, isWhiteSpace, parseDecimal, skipWhiteSpace, wordEnd } from './token.ts'
import { parseUri } from './uri.ts'

/** Request-Line or Status-Line (RFC 3261 §7.1, §7.2) as far as it could be read. */
export interface StartLine {
  readonly kind: 'request' | 'response'
  readonly version: string
  readonly method?: string
  readonly requestUri?: string
  /** Absent where it is not between 100 and 699. */
  readonly status?: number
  readonly reason?: string
}

/** Parses a line without its line end, that `isStartLine` or `looksLikeSip` took for SIP. */
export function parseStartLine(line: string, anomalies: AnomalyList): StartLine {
  const firstEnd = wordEnd(line, 0)
  const first = line.slice(0, firstEnd)
  return first.slice(0, 4).toUpperCase() === 'SIP/'
    ? statusLine(first, line, firstEnd, anomalies)
    : requestLine(first, line, firstEnd, anomalies)
}

/** Parses a line that the capture cut: what the cut may have shortened is left out, nothing is judged. */
export function parseCutStartLine(line: string): StartLine {
  const { kind, version, method, status } = parseStartLine(line, new AnomalyList())
  if (kind === 'response') return { kind, version, ...(status !== undefined && { status }) }
  const uriStart = skipWhiteSpace(line, wordEnd(line, 0))
  const uriEnd = wordEnd(line, uriStart)
  const requestUri = line.slice(uriStart, uriEnd)
  return { kind, version, ...(method !== undefined && { method }), ...(uriEnd < line.length && { requestUri }) }
}

function statusLine(version: string, line: string, versionEnd: number, anomalies: AnomalyList): StartLine {
  checkVersion(version, anomalies)
  const codeStart = skipWhiteSpace(line, versionEnd)
  const codeEnd = wordEnd(line, codeStart)
  if (codeStart - versionEnd > 1) anomalies.add('start-line-spaces')
  const code = line.slice(codeStart, codeEnd)
  const status = code.length === 3 ? parseDecimal(code) : undefined
  const reason = line.slice(codeEnd + 1)
  if (status !== undefined && status >= 100 && status <= 699) return { kind: 'response', version, status, reason }
  anomalies.add('status-out-of-range')
  return { kind: 'response', version, reason }
}

function requestLine(method: string, line: string, methodEnd: number, anomalies: AnomalyList): StartLine {
  if (!isToken(method)) anomalies.add('method-not-token')
  const uriStart = skipWhiteSpace(line, methodEnd)
  let end = line.length
  while (end > uriStart && isWhiteSpace(line.charCodeAt(end - 1))) end--
  let versionStart = end
  while (versionStart > uriStart && !isWhiteSpace(line.charCodeAt(versionStart - 1))) versionStart--
  const hasVersion = line.slice(versionStart, versionStart + 4).toUpperCase() === 'SIP/'
  const version = hasVersion ? line.slice(versionStart, end) : ''
  let uriEnd = hasVersion ? versionStart : end
  while (uriEnd > uriStart && isWhiteSpace(line.charCodeAt(uriEnd - 1))) uriEnd--
  checkVersion(version, anomalies)
  if (end < line.length) anomalies.add('start-line-trailing-space')
  if (uriStart - methodEnd > 1 || (hasVersion && uriEnd > uriStart && versionStart - uriEnd > 1))
    anomalies.add('start-line-spaces')
  const written = line.slice(uriStart, uriEnd)
  if (written === '') {
    anomalies.add('request-uri-missing')
    return { kind: 'request', version, method }
  }
  return { kind: 'request', version, method, requestUri: requestUri(written, anomalies) }
}

function requestUri(written: string, anomalies: AnomalyList): string {
  if (hasWhiteSpace(written)) anomalies.add('request-uri-spaces')
  const bracketed = written.startsWith('<') && written.endsWith('>')
  if (bracketed) anomalies.add('request-uri-bracketed')
  const uri = bracketed ? written.slice(1, -1) : written
  if (parseUri(uri, anomalies)?.headers !== undefined) anomalies.add('request-uri-headers')
  return uri
}

/** SIP-Version is compared without regard to case (RFC 3261 §7.1). */
function checkVersion(version: string, anomalies: AnomalyList): void {
  if (version.toUpperCase() !== 'SIP/2.0') anomalies.add('version-unknown')
}
