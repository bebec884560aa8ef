import { firstFrom } from './first-from.ts'

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
  const end = firstFrom(list, (one) => startOf(one) > time)
  return list.slice(Math.max(0, end - most), end)
}
