import { createHash } from 'node:crypto'
import { createRecordCursor, Step } from '../../src/capture/record.ts'
import {
  type CaptureFacts,
  createWalker,
  createWalkerState,
  MAX_CARRY_BYTES,
  readCaptureFacts,
  type WalkedFormat,
} from '../../src/capture/walker.ts'

/** A record as a plain object; `data` in hexadecimal, or a digest of it where it is long. */
export interface Walked {
  readonly frame: number
  readonly capture: number
  readonly seconds: number
  readonly nanoseconds: number
  readonly linkType: number
  readonly captured: number
  readonly original: number
  readonly data: string
}

export interface Walk {
  readonly records: readonly Walked[]
  readonly secrets: { readonly type: number; readonly text: string; readonly left: number }[]
  readonly facts: CaptureFacts
}

/** Walks a capture that lies in memory as one slab. */
export function walk(format: WalkedFormat, capture: Uint8Array, state = createWalkerState()): Walk {
  return walkSlabs(format, capture, [capture.length], state)
}

/**
 * Walks a capture through slabs: slab k takes sizes[k mod n] octets more, what the walker left stands at its head, and
 * two walkers on one shared state take turns, as threads do. Throws where a walker breaks its word: a record outside
 * the slab, a carry above the maximum, octets left at the end.
 */
export function walkSlabs(
  format: WalkedFormat,
  capture: Uint8Array,
  sizes: readonly number[],
  state = createWalkerState(),
): Walk {
  const walkers = [createWalker(format, state), createWalker(format, state)]
  const cursor = createRecordCursor()
  const records: Walked[] = []
  const secrets: Walk['secrets'] = []
  let carried: Uint8Array = new Uint8Array(0)
  let offset = 0
  for (let slab = 0, last = false; !last; slab++) {
    const size = sizes[slab % sizes.length]
    // Octets on both sides of the slab: whoever reads them yields other records.
    const bytes = new Uint8Array(carried.length + size + 64).fill(0xa5)
    const start = 32
    bytes.set(carried, start)
    const fresh = capture.subarray(offset, offset + size)
    bytes.set(fresh, start + carried.length)
    const end = start + carried.length + fresh.length
    last = offset + size > capture.length || capture.length === offset + size
    const walker = walkers[slab % 2]
    walker.open(bytes, start, end, offset - carried.length, last)
    for (let step = walker.next(cursor); step !== Step.Incomplete; step = walker.next(cursor)) {
      const { dataOffset, capturedLength } = cursor
      if (dataOffset < start || dataOffset + capturedLength > end) throw new Error('a record outside the slab')
      const data = Buffer.from(bytes.subarray(dataOffset, dataOffset + capturedLength))
      if (step === Step.Secrets) {
        secrets.push({ type: cursor.linkType, text: data.toString('latin1'), left: cursor.originalLength })
        continue
      }
      records.push({
        frame: cursor.frame,
        capture: cursor.capture,
        seconds: cursor.seconds,
        nanoseconds: cursor.nanoseconds,
        linkType: cursor.linkType,
        captured: capturedLength,
        original: cursor.originalLength,
        data: data.length <= 64 ? data.toString('hex') : createHash('sha1').update(data).digest('hex'),
      })
    }
    if (walker.position < start || walker.position > end) throw new Error('a position outside the slab')
    carried = bytes.slice(walker.position, end)
    if (carried.length > MAX_CARRY_BYTES) throw new Error('more carried than a slab has room for')
    offset += fresh.length
  }
  if (carried.length > 0 && format !== 'merged') throw new Error('octets left without a word')
  return { records, secrets, facts: readCaptureFacts(state) }
}
