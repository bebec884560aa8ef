/** Adds to the list that a map has for a key, and makes it for the first one. */
export function addToList<Key, One>(lists: Map<Key, One[]>, key: Key, one: One): void {
  const known = lists.get(key)
  if (known === undefined) lists.set(key, [one])
  else known.push(one)
}

/** All of these in lists by their keys, in the order of the first of each. */
export function groupedBy<Key, One>(all: Iterable<One>, keyOf: (one: One) => Key): Map<Key, One[]> {
  const lists = new Map<Key, One[]>()
  for (const one of all) addToList(lists, keyOf(one), one)
  return lists
}
