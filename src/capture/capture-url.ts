/** Whether an argument names a capture by URL (RFC 9110 §4.2). */
export function isCaptureUrl(path: string): boolean {
  return /^https?:\/\//i.test(path)
}

/**
 * A URL as it may be shown: without user and password, and without its query and fragment, for the query of a presigned
 * URL is a password too. Whether one was left out can be seen.
 */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return text.replace(/^(https?:\/\/)[^/?#]*@/i, '$1').replace(/[?#].*$/s, '?…')
  const { origin, pathname, search } = new URL(text)
  return `${origin}${pathname}${search === '' ? '' : '?…'}`
}

/** Whether showing it would tell a secret, or might: it has a user, a password or a query. */
export function isSecretUrl(text: string): boolean {
  return isCaptureUrl(text) && (!URL.canParse(text) || shownUrl(text) !== new URL(text).href)
}
