import * as http from 'node:http'
import * as https from 'node:https'

/** A connection on which nothing comes for this long is given up. */
const IDLE_MS = 30_000
/** Redirections that are followed (RFC 9110 §15.4), at most. */
const MOST_REDIRECTIONS = 5
const REDIRECTIONS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: 64 }),
  'https:': new https.Agent({ keepAlive: true, maxSockets: 64 }),
}

/** A GET whose answer's head has come; the body is to be read or destroyed. */
export type HttpAnswer = http.IncomingMessage

/**
 * Asks for an object as it is stored: without a content coding, whose octets could not be told apart from a compressed
 * capture's. User and password of the URL go along as Basic credentials (RFC 7617), to its own origin only.
 *
 * @throws Error of the system's, with its code, where no answer comes
 */
export async function httpGet(url: URL, headers: http.OutgoingHttpHeaders): Promise<HttpAnswer> {
  const credentials = basicCredentials(url)
  let at = url
  for (let redirections = 0; ; redirections++) {
    const known = credentials !== undefined && at.origin === url.origin ? { authorization: credentials } : {}
    const answer = await ask(at, { 'accept-encoding': 'identity', ...headers, ...known })
    const { location } = answer.headers
    if (!REDIRECTIONS.has(answer.statusCode as number) || location === undefined) return answer
    answer.destroy()
    if (redirections === MOST_REDIRECTIONS) throw new Error(`more than ${MOST_REDIRECTIONS} redirections`)
    if (!URL.canParse(location, at.href)) throw new Error('redirected to what is no URL')
    at = new URL(location, at.href)
    if (!Object.hasOwn(agents, at.protocol)) throw new Error(`redirected to ${at.protocol}, which is not read`)
  }
}

function ask(url: URL, headers: http.OutgoingHttpHeaders): Promise<HttpAnswer> {
  const { request } = url.protocol === 'https:' ? https : http
  const bare = new URL(url.href)
  bare.username = ''
  bare.password = ''
  const agent = agents[url.protocol as keyof typeof agents]
  return new Promise((resolve, reject) => {
    const asking = request(bare, { headers, agent, timeout: IDLE_MS }, resolve)
    asking.on('timeout', () => asking.destroy(new Error(`nothing came for ${IDLE_MS / 1000} s`)))
    asking.on('error', reject)
    asking.end()
  })
}

function basicCredentials({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
