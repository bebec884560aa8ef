import { I, STREAM_IDENTITY_BYTES } from './stream-record.ts'
import { StreamTable, TableAt } from './stream-table.ts'

/**
 * One stream by its addresses and SSRC that is the media of several calls in turn: a device that has one SSRC for all of
 * them, on ports that are used again. It is a stream for each.
 */
export interface StreamCut {
  /** The first words of its record. */
  readonly identity: Int32Array
  /** Where a next call has it from: positions of the trace, ascending. */
  readonly positions: readonly number[]
}

/** What was found of a whole trace. */
export interface FoundCuts {
  readonly streams: readonly StreamCut[]
  /** Streams that there was no room to look at. */
  readonly notLookedAt: number
}

export const NO_CUTS: FoundCuts = { streams: [], notLookedAt: 0 }

/** What is known of a stream that is cut has its place in a table like the streams' own. */
export function cutsByteLength(cuts: readonly StreamCut[]): number {
  return StreamTable.byteLength(cuts.length) + 8 * placesOf(cuts)
}

/**
 * Tells an empty table which of its streams will be cut, and where (workers/kernel/lane/stream-cuts.ts).
 *
 * @param at address of as many octets as cutsByteLength says; the memory must be zeros
 * @param seed as of StreamTable.initialise
 * @param add makes the stream of an identity in the table at an address: the kernel's function
 */
export function enterCuts(
  buffer: ArrayBufferLike,
  table: number,
  at: number,
  cuts: readonly StreamCut[],
  seed: number,
  add: (table: number, identity: Int32Array) => number,
): void {
  StreamTable.initialise(buffer, at, cuts.length, seed, cuts.length)
  const streams = new StreamTable(buffer, at, cuts.length)
  const positionsAt = at + StreamTable.byteLength(cuts.length)
  const positions = new Float64Array(buffer, positionsAt, placesOf(cuts))
  let place = 0
  positions[place++] = NEVER
  for (const cut of cuts) {
    streams.ints[streams.intsAt(add(at, cut.identity)) + I.NextCut] = place
    positions.set(cut.positions, place)
    place += cut.positions.length
    positions[place++] = NEVER
  }
  const header = new Uint32Array(buffer, table)
  header[TableAt.CutPositions / 4] = positionsAt
  header[TableAt.CutStreams / 4] = at
}

/** The identity of stream `id`, as it outlives its table. */
export function identityOf(table: StreamTable, id: number): Int32Array {
  const from = table.intsAt(id)
  return table.ints.slice(from, from + STREAM_IDENTITY_BYTES / 4)
}

const NEVER = Number.POSITIVE_INFINITY

/** Of the list of positions: NEVER stands first and behind those of each stream. */
function placesOf(cuts: readonly StreamCut[]): number {
  return cuts.reduce((sum, { positions }) => sum + positions.length + 1, 1)
}
