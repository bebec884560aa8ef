import { createHash } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { CaptureError, unreadable } from './capture-error.ts'
import { isCaptureUrl } from './capture-url.ts'

/** What tells one state of a file from another without reading all of it. */
export interface ContentIdentity {
  readonly sizeBytes: number
  /** Milliseconds since 1970. */
  readonly modifiedMs: number
  /** SHA-256 over the first and the last 64 KiB, in hex. */
  readonly digest: string
}

const END_BYTES = 64 << 10

/**
 * Identity of the content of a file, or of an object by its URL. Captures grow at their end or are replaced whole: the
 * ends, the size and the time tell (docs/decisions/batch.md).
 *
 * @throws CaptureError where it cannot be read
 */
export async function contentIdentity(path: string): Promise<ContentIdentity> {
  if (isCaptureUrl(path)) return (await import('./http-identity.ts')).objectIdentity(path)
  let file: FileHandle | undefined
  try {
    // Opening a pipe would wait for whoever writes to it.
    if (!(await stat(path)).isFile()) throw new CaptureError('SRTP_SCAN_CAPTURE_UNREADABLE', path, 'is no regular file')
    file = await open(path)
    const { size, mtimeMs } = await file.stat()
    const hash = createHash('sha256')
    hash.update(await stretch(file, 0, Math.min(size, END_BYTES)))
    if (size > END_BYTES) hash.update(await stretch(file, Math.max(END_BYTES, size - END_BYTES), size))
    return { sizeBytes: size, modifiedMs: mtimeMs, digest: hash.digest('hex') }
  } catch (cause) {
    throw cause instanceof CaptureError ? cause : unreadable(path, cause)
  } finally {
    await file?.close()
  }
}

export function sameContent(a: ContentIdentity, b: ContentIdentity): boolean {
  return a.sizeBytes === b.sizeBytes && a.modifiedMs === b.modifiedMs && a.digest === b.digest
}

async function stretch(file: FileHandle, from: number, end: number): Promise<Uint8Array> {
  const octets = new Uint8Array(end - from)
  let length = 0
  while (length < octets.length) {
    const { bytesRead } = await file.read(octets, length, octets.length - length, from + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return octets.subarray(0, length)
}
