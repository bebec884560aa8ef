import { createHash } from 'node:crypto'
import { shownUrl } from './capture-url.ts'
import type { ContentIdentity } from './content-identity.ts'
import { HttpObject } from './http-object.ts'

/**
 * Identity of an object on a server: its size, date and entity tag, and its first octets where the server gives ranges.
 *
 * @throws CaptureError where it cannot be had
 */
export async function objectIdentity(url: string): Promise<ContentIdentity> {
  const found = await HttpObject.open(url)
  const hash = createHash('sha256')
  if (found instanceof HttpObject) {
    const { sizeBytes, entityTag, lastModified } = found.version
    hash.update(JSON.stringify(entityTag ?? '')).update(found.head)
    return { sizeBytes, modifiedMs: dateOf(lastModified), digest: hash.digest('hex') }
  }
  found.destroy()
  const { etag = '', 'last-modified': lastModified, 'content-length': length } = found.headers
  hash.update(JSON.stringify([shownUrl(url), etag]))
  return { sizeBytes: Number(length ?? 0), modifiedMs: dateOf(lastModified), digest: hash.digest('hex') }
}

/** Milliseconds since 1970; 0 where the server gives no date. */
function dateOf(lastModified: string | undefined): number {
  return Date.parse(lastModified ?? '') || 0
}
