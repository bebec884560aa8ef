import { createHash } from 'node:crypto'
import { count } from '../report/layout.ts'

/** Calls that stand in several captures: these may be pieces of one trace, or were taken at two points of it. */
export interface SharedCalls {
  /** At least so many. */
  readonly calls: number
  /** In which there are such calls, at least so many. */
  readonly captures: number
  /** Two that share some. */
  readonly example: readonly [string, string]
}

/** Characters of a digest, base64url: among a million no two of different calls are likely to be alike. */
const DIGEST = 9
/** Digests that a sketch has at most. */
const MOST = 64
/** Digests that are compared over all captures. */
const MOST_COMPARED = 1 << 20

/** The least of a capture's Call-IDs by digest: of captures that share calls these are likely to meet, for all are if there are few. */
export class CallSketch {
  #least: string[] = []
  #seen = new Set<string>()

  add(callId: string): void {
    const digest = createHash('sha256').update(callId).digest('base64url').slice(0, DIGEST)
    if (this.#seen.has(digest) || (this.#least.length === MOST && digest >= this.#least[MOST - 1])) return
    this.#seen.add(digest)
    this.#least = [...this.#least, digest].sort().slice(0, MOST)
    if (this.#seen.size > 2 * MOST) this.#seen = new Set(this.#least)
  }

  /** The digests in their order, one behind the other. */
  get text(): string {
    return this.#least.join('')
  }
}

/** @param captures with their sketches; several may be named alike */
export function sharedCalls(
  captures: readonly { readonly capture: string; readonly sketch: string }[],
): SharedCalls | undefined {
  const each = Math.max(1, Math.min(MOST, Math.floor(MOST_COMPARED / captures.length)))
  const firstIn = new Map<string, number>()
  const shared = new Set<string>()
  const among = new Set<number>()
  let example: readonly [string, string] | undefined
  for (const [index, { capture, sketch }] of captures.entries()) {
    for (let at = 0; at < Math.min(sketch.length, each * DIGEST); at += DIGEST) {
      const digest = sketch.slice(at, at + DIGEST)
      const other = firstIn.get(digest)
      if (other === undefined) {
        firstIn.set(digest, index)
        continue
      }
      shared.add(digest)
      among.add(other).add(index)
      example ??= [captures[other].capture, capture]
    }
  }
  return example && { calls: shared.size, captures: among.size, example }
}

/** Pieces of one trace, each by itself, show half of a call: what is said of it may be wrong. */
export function sharedCallsText({ calls, captures, example }: SharedCalls): string {
  const what = `${count(captures, 'capture')} share ${count(calls, 'call')} or more (${example.join(', ')})`
  return `${what}: batch --as-one judges pieces of one trace as a whole`
}
