/** Lists up to here are copied to grow. */
const SHORT = 8

/**
 * A list with one more element; the list given is no longer to be used. A short one is put in storage that fits: an
 * array that was pushed to has room for sixteen more, which a trace of a hundred thousand calls pays for in each of its
 * lists.
 */
export function grown<T>(list: readonly T[], element: T): readonly T[] {
  if (list.length === 0) return [element]
  if (list.length < SHORT) return list.concat([element])
  ;(list as T[]).push(element)
  return list
}
