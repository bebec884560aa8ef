/** The first index from which on all of a list are so, where none is so before; its length where none is. */
export function firstFrom<One>(list: readonly One[], isSo: (one: One) => boolean): number {
  let [from, to] = [0, list.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (isSo(list[middle])) to = middle
    else from = middle + 1
  }
  return from
}
