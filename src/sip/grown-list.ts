/**
 * A list with one more element, in storage that fits: an array that was pushed to, or spread into, has room for sixteen
 * more, which a trace of a hundred thousand calls pays for in each of its lists.
 */
export function grown<T>(list: readonly T[], element: T): readonly T[] {
  return list.length === 0 ? [element] : list.concat([element])
}
