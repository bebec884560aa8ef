import { grown } from '../bytes/grown-list.ts'
import { I, PAYLOAD_TYPE_USE_WORDS, PAYLOAD_TYPE_USES } from './stream-record.ts'
import type { StreamTable } from './stream-table.ts'

/** A packet of a stream, as far as its payload type is concerned. */
export interface TypedPacket {
  readonly capture: number
  readonly frame: number
  readonly timeUs: number
}

/** Where a stream used a payload type first and last. */
export interface PayloadTypeUse {
  readonly payloadType: number
  readonly first: TypedPacket
  readonly last: TypedPacket
}

/**
 * The uses of a stream's first payload types, comfort noise aside. A use has PAYLOAD_TYPE_USE_WORDS words:
 *
 * ```
 *  | last capture : 12 | first capture : 12 | 1 + type : 8 | first frame | first ms | last frame | last ms |
 * ```
 *
 * Times are those after the stream's first packet, which with its last is given. The last packet of the type at work is the stream's own.
 */
export function payloadTypeUses(
  table: StreamTable,
  id: number,
  firstOfStream: TypedPacket,
  lastOfStream: TypedPacket,
): readonly PayloadTypeUse[] {
  const { ints } = table
  const i = table.intsAt(id)
  const startUs = firstOfStream.timeUs
  let uses: readonly PayloadTypeUse[] = NONE
  for (let n = 0; n < PAYLOAD_TYPE_USES; n++) {
    const at = i + I.PayloadTypeUses + n * PAYLOAD_TYPE_USE_WORDS
    const mark = ints[at] & 255
    if (mark === 0) break
    const begun = { capture: (ints[at] >>> 8) & 4095, frame: ints[at + 1] >>> 0, timeUs: startUs + ints[at + 2] * 1000 }
    const first = isSame(begun, firstOfStream) ? firstOfStream : begun
    const last =
      mark === ints[i + I.LastPayloadType]
        ? lastOfStream
        : { capture: ints[at] >>> 20, frame: ints[at + 3] >>> 0, timeUs: startUs + ints[at + 4] * 1000 }
    uses = grown(uses, { payloadType: mark - 1, first, last })
  }
  return uses
}

const NONE: readonly PayloadTypeUse[] = []

function isSame(one: TypedPacket, other: TypedPacket): boolean {
  return one.frame === other.frame && one.capture === other.capture && one.timeUs === other.timeUs
}

/** RFC 3389: of comfort noise nothing is kept. */
const COMFORT_NOISE = 13

/** Payload types of a stream, comfort noise aside, for whose use no entry was left. */
export function payloadTypesWithoutUse(table: StreamTable, id: number): number {
  const { ints } = table
  const i = table.intsAt(id)
  let types = 0
  for (let type = 0; type < 128; type++) {
    if ((ints[i + I.PayloadTypes + (type >> 5)] >>> (type & 31)) & 1 && type !== COMFORT_NOISE) types++
  }
  return Math.max(0, types - PAYLOAD_TYPE_USES)
}
