/** What the address names behind `#`: the whole report, a place in it, or a call. */
export type Route =
  | { readonly view: 'report'; readonly section?: string }
  | { readonly view: 'call'; readonly callId: string }

const CALL = '#call/'

export function parseRoute(hash: string): Route {
  if (hash.startsWith(CALL)) return { view: 'call', callId: decoded(hash.slice(CALL.length)) }
  return hash.length > 1 ? { view: 'report', section: decoded(hash.slice(1)) } : { view: 'report' }
}

/** The address of a call: it can be kept, sent, and gone back to. */
export function callHash(callId: string): string {
  return CALL + encodeURIComponent(callId)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
