/**
 * The last so many of a list, in the order of their beginnings, that had begun by a time.
 *
 * @param startOf when one of them began
 */
export function lastBegun<One>(
  list: readonly One[],
  time: number,
  most: number,
  startOf: (one: One) => number,
): readonly One[] {
  let [from, to] = [0, list.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (startOf(list[middle]) <= time) from = middle + 1
    else to = middle
  }
  return list.slice(Math.max(0, from - most), from)
}
