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

/** An entry of the list of cuts. */
export const CutAt = {
  /** Of the trace. */
  Position: 0,
  /** 1 + the stream that is cut there; 0 until it has a packet. The first of its identity the table's index has. Token only. */
  Stream: 8,
} as const
export const CUT_BYTES = 16

/** What is known of a stream that is cut has its place in a table like the streams' own. */
export function cutsByteLength(cuts: readonly StreamCut[]): number {
  return StreamTable.byteLength(cuts.length) + CUT_BYTES * placesOf(cuts)
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
  const listAt = at + StreamTable.byteLength(cuts.length)
  const list = new Float64Array(buffer, listAt, (CUT_BYTES / 8) * placesOf(cuts))
  let place = 0
  const put = (position: number) => {
    list[(CUT_BYTES * place++ + CutAt.Position) / 8] = position
  }
  put(NEVER)
  for (const cut of cuts) {
    const record = streams.intsAt(add(at, cut.identity))
    streams.ints[record + I.NextCut] = place
    streams.ints[record + I.EndOfCuts] = place + cut.positions.length
    for (const position of cut.positions) put(position)
    put(NEVER)
  }
  const header = new Uint32Array(buffer, table)
  header[TableAt.Cuts / 4] = listAt
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
