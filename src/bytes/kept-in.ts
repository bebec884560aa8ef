/** What a table has for a key, made for the first one; undefined where that is one too many. */
export function keptIn<Key, Value>(
  table: Map<Key, Value>,
  key: Key,
  most: number,
  create: () => Value,
): Value | undefined {
  const known = table.get(key)
  if (known !== undefined || table.size >= most) return known
  const created = create()
  table.set(key, created)
  return created
}
