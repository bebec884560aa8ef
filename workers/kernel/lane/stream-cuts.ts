import { Stream, Table } from '../generated/layout'

/*
 * Where streams are cut: what comes from one source to one destination under one SSRC is the media of several calls in turn
 * (src/rtp/stream-cuts.ts). A list of positions, those of each stream in their order and infinity behind them; infinity
 * stands first, too, for the streams that are not cut. Which streams these are a second table knows.
 */

/** Whether a packet at `position` comes behind where the stream of a record is cut. @inline */
export function isOver(table: usize, record: usize, position: f64): bool {
  const positions = <usize>load<u32>(table + Table.CutPositions)
  return positions != 0 && position >= load<f64>(positions + ((<usize>load<i32>(record + Stream.NextCut)) << 3))
}

/** The first place in the list, from `cut` on, that is behind `position`. */
export function cutBehind(table: usize, cut: i32, position: f64): i32 {
  const positions = <usize>load<u32>(table + Table.CutPositions)
  let next = cut
  while (position >= load<f64>(positions + ((<usize>next) << 3))) next++
  return next
}

/** Whether the stream of a record goes on where another was cut. */
export function isCutBefore(table: usize, record: usize): bool {
  const cut = <usize>load<i32>(record + Stream.NextCut)
  if (cut == 0) return false
  return load<f64>(<usize>load<u32>(table + Table.CutPositions) + ((cut - 1) << 3)) != Infinity
}
