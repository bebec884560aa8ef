import { setTimeout as sleep } from 'node:timers/promises'
import { CaptureError, unreadable } from './capture-error.ts'
import { shownUrl } from './capture-url.ts'
import { type HttpAnswer, httpGet } from './http-request.ts'

/** Octets that are asked for to see what an object is; they are kept. */
const HEAD_BYTES = 64 * 1024
/** Failures in a row, without an octet between them, after which an object counts as unreadable. */
const MOST_TRIES = 5
const FIRST_WAIT_MS = 100

const NOT_FOUND: ReadonlySet<number> = new Set([404, 410])
const REFUSED: ReadonlySet<number> = new Set([401, 403, 407])
/** Statuses that may be others soon (RFC 9110 §15.5.9, RFC 6585 §4), as all from 500 on. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429])

/** What tells one version of an object from another: all of it has to stay the same while it is read. */
interface Version {
  readonly sizeBytes: number
  readonly entityTag: string | undefined
  readonly lastModified: string | undefined
}

/** An object of which a server gives any range (RFC 9110 §14). */
export class HttpObject {
  /** The URL as it may be shown. */
  readonly path: string
  readonly version: Version
  /** Its first octets. */
  readonly head: Uint8Array
  readonly #url: URL

  private constructor(url: URL, path: string, version: Version, head: Uint8Array) {
    this.#url = url
    this.path = path
    this.version = version
    this.head = head
  }

  /**
   * Asks for the first octets of an object. A server without ranges answers with all of it: then that answer, once.
   *
   * @throws CaptureError where there is none, or none that may be had
   */
  static async open(text: string): Promise<HttpObject | HttpAnswer> {
    const path = shownUrl(text)
    if (!URL.canParse(text)) throw unreadable(path, new Error('no URL'))
    const url = new URL(text)
    return persistently(path, async () => {
      const answer = await httpGet(url, { range: `bytes=0-${HEAD_BYTES - 1}` })
      if (answer.statusCode === 200) return answer
      // RFC 9110 §15.5.17: no first octet is there to give.
      if (answer.statusCode === 416) {
        answer.destroy()
        return new HttpObject(url, path, versionOf(answer, 0), new Uint8Array(0))
      }
      const version = partVersion(path, answer, 0)
      const head = new Uint8Array(Math.min(HEAD_BYTES, version.sizeBytes))
      const filled = await readBody(answer, head, 0)
      return new HttpObject(url, path, version, head.subarray(0, filled))
    })
  }

  /**
   * Fills `target` with the octets from `offset` on; the object has as many. What breaks off is asked for again from
   * where it broke.
   *
   * @throws CaptureError where it stays unreadable, or is no longer what it was
   */
  async read(target: Uint8Array, offset: number): Promise<void> {
    let filled = 0
    const { entityTag, lastModified } = this.version
    // RFC 9110 §13.1.5: a weak entity tag does not do for If-Range.
    const unchanged = entityTag?.startsWith('W/') ? undefined : (entityTag ?? lastModified)
    await persistently(this.path, async (progress) => {
      const range = `bytes=${offset + filled}-${offset + target.length - 1}`
      const answer = await httpGet(this.#url, { range, ...(unchanged !== undefined && { 'if-range': unchanged }) })
      if (answer.statusCode === 200 || answer.statusCode === 416) throw this.#changed(answer)
      if (!sameVersion(partVersion(this.path, answer, offset + filled), this.version)) throw this.#changed(answer)
      const before = filled
      filled = await readBody(answer, target, filled)
      if (filled > before) progress()
      if (filled < target.length) throw new Error('the connection broke off')
    })
  }

  #changed(answer: HttpAnswer): CaptureError {
    answer.destroy()
    const what = 'has changed while it was read; scan it again once it is written to its end'
    return new CaptureError('SRTP_SCAN_CAPTURE_CHANGED', this.path, what)
  }
}

/** Tries again, with longer and longer waits, what failed for a reason that may pass. */
async function persistently<Result>(path: string, attempt: (progress: () => void) => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(() => {
        tries = 0
      })
    } catch (error) {
      if (error instanceof CaptureError) throw error
      if (tries >= MOST_TRIES) throw unreadable(path, error)
      await sleep(FIRST_WAIT_MS * 2 ** tries)
    }
  }
}

/**
 * The version that a partial answer is of.
 *
 * @throws CaptureError where the status rules out that asking again would help; Error where it may
 */
function partVersion(path: string, answer: HttpAnswer, offset: number): Version {
  const status = answer.statusCode as number
  const [, first, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers['content-range'] ?? '') ?? []
  if (status === 206 && Number(first) === offset) return versionOf(answer, Number(size))
  answer.destroy()
  if (NOT_FOUND.has(status)) {
    throw new CaptureError('SRTP_SCAN_CAPTURE_NOT_FOUND', path, `no such object (HTTP ${status})`)
  }
  const refused = REFUSED.has(status) ? '; user and password in the URL, or a presigned URL, would do' : ''
  const error = new Error(status === 206 ? 'the server gave another range' : `HTTP ${status}${refused}`)
  if (status >= 500 || PASSING.has(status)) throw error
  throw unreadable(path, error)
}

function versionOf({ headers }: HttpAnswer, sizeBytes: number): Version {
  return { sizeBytes, entityTag: headers.etag, lastModified: headers['last-modified'] }
}

function sameVersion(a: Version, b: Version): boolean {
  return a.sizeBytes === b.sizeBytes && a.entityTag === b.entityTag && a.lastModified === b.lastModified
}

/** Reads a body to `at` of `target`; returns how far it came, which is less than asked where the connection broke. */
async function readBody(answer: HttpAnswer, target: Uint8Array, at: number): Promise<number> {
  let filled = at
  try {
    for await (const piece of answer as AsyncIterable<Uint8Array>) {
      const part = piece.subarray(0, target.length - filled)
      target.set(part, filled)
      filled += part.length
    }
  } catch (error) {
    if (filled === at) throw error
  }
  return filled
}
