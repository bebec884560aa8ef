/** What the address names behind `#`: the whole report, a place in it, a call, or a stream or a finding of one. */
export type Route =
  | { readonly view: 'report'; readonly section?: string }
  | { readonly view: 'call'; readonly callId: string; readonly part?: string }

const CALL = '#call/'
/** Stands in no Call-ID (RFC 3261 §25.1). */
const PART = '&'

export function parseRoute(hash: string): Route {
  if (hash.startsWith(CALL)) {
    const [callId, part] = hash.slice(CALL.length).split(PART, 2).map(decoded)
    return { view: 'call', callId, ...(part !== undefined && { part }) }
  }
  return hash.length > 1 ? { view: 'report', section: decoded(hash.slice(1)) } : { view: 'report' }
}

/** The address of a call, or of a part of it: it can be kept, sent, and gone back to. */
export function callHash(callId: string, part?: string): string {
  return CALL + encodeURIComponent(callId) + (part === undefined ? '' : PART + encodeURIComponent(part))
}

/** What addresses call a finding, by its number in the report. A stream has its own name. */
export function findingPart(number: number): string {
  return `f${number}`
}

/** The id of the element that a part is shown in. */
export function partId(part: string): string {
  return `part-${part}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
