import { CUT_BYTES, Cut, Stream, Table } from '../generated/layout'

/*
 * Where streams are cut: what comes from one source to one destination under one SSRC is the media of several calls in turn
 * (src/rtp/stream-cuts.ts). A list of positions, those of each stream in their order and infinity behind them; infinity
 * stands first, too, for the streams that are not cut. Which streams these are a second table knows.
 */

/** Whether a packet at `position` comes behind where the stream of a record is cut. @inline */
export function isOver(table: usize, record: usize, position: f64): bool {
  if (load<u32>(table + Table.Cuts) == 0) return false
  return position >= positionOf(cutAt(table, load<i32>(record + Stream.NextCut)))
}

/** The first place in the list, of those of the stream of a record, that is behind `position`: there may be thousands of calls in turn. */
export function cutBehind(table: usize, record: usize, position: f64): i32 {
  let from = load<i32>(record + Stream.NextCut)
  let to = load<i32>(record + Stream.EndOfCuts)
  while (from < to) {
    const middle = (from + to) >> 1
    if (position < positionOf(cutAt(table, middle))) to = middle
    else from = middle + 1
  }
  return from
}

/** 1 + the stream whose next cut has a place in the list; 0 where it has no packet yet. */
export function streamBefore(table: usize, cut: i32): i32 {
  return load<i32>(cutAt(table, cut) + Cut.Stream)
}

export function noteStreamBefore(table: usize, cut: i32, id: i32): void {
  store<i32>(cutAt(table, cut) + Cut.Stream, id + 1)
}

/** Whether the stream of a record goes on where another was cut. */
export function isCutBefore(table: usize, record: usize): bool {
  const cut = load<i32>(record + Stream.NextCut)
  return cut != 0 && positionOf(cutAt(table, cut - 1)) != Infinity
}

function positionOf(cut: usize): f64 {
  return load<f64>(cut + Cut.Position)
}

function cutAt(table: usize, place: i32): usize {
  return <usize>load<u32>(table + Table.Cuts) + <usize>place * CUT_BYTES
}
