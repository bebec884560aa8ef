/** Adds to the list that a map has for a key, and makes it for the first one. */
export function addToList<Key, One>(lists: Map<Key, One[]>, key: Key, one: One): void {
  const known = lists.get(key)
  if (known === undefined) lists.set(key, [one])
  else known.push(one)
}
