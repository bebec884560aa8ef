/** What credentials say (RFC 8760, RFC 7616 §3.4), as far as it tells one try from another. Never shown but the name. */
export interface Digest {
  readonly username: string
  readonly response: string
  /** All that the response depends on but the password: method, nonce, cnonce, count, URI and so on. */
  readonly posed: string
}

const POSED = ['nonce', 'cnonce', 'nc', 'uri', 'realm', 'algorithm']

/** Reads credentials of the Digest scheme; undefined for others, and where there is no name or no response. */
export function readDigest(method: string, credentials: string): Digest | undefined {
  if (credentials.slice(0, 7).toLowerCase() !== 'digest ') return undefined
  const lower = credentials.toLowerCase()
  const username = parameter(credentials, lower, 'username')
  const response = parameter(credentials, lower, 'response')
  if (username === '' || response === '') return undefined
  const posed = POSED.map((name) => parameter(credentials, lower, name))
  // The response of auth-int depends on the body too (RFC 7616 §3.4.3): nothing can be compared with it.
  if (parameter(credentials, lower, 'qop').toLowerCase() === 'auth-int') posed.push(response)
  return { username, response, posed: `${method} ${posed.join(' ')}` }
}

/** The value of a parameter without its quotes; '' where there is none. */
function parameter(text: string, lower: string, name: string): string {
  for (let at = lower.indexOf(`${name}=`); at >= 0; at = lower.indexOf(`${name}=`, at + 1)) {
    // `nonce` also ends `cnonce`.
    if (!' ,\t'.includes(lower[at - 1])) continue
    const start = at + name.length + 1
    if (text[start] === '"') {
      const end = text.indexOf('"', start + 1)
      return end < 0 ? '' : text.slice(start + 1, end)
    }
    let end = start
    while (end < text.length && text[end] !== ',' && text[end] !== ' ') end++
    return text.slice(start, end)
  }
  return ''
}
