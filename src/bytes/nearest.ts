/** Words with more letters changed than this are no slip of the pen. */
const MOST_CHANGES = 8

/**
 * Of several words the one that begins with the given one, else the one that takes the fewest changes of a letter
 * (Levenshtein) to become it, if few do.
 */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const wanted = word.slice(0, 80).toLowerCase()
  const longer = wanted === '' ? undefined : words.find((one) => one.toLowerCase().startsWith(wanted))
  if (longer !== undefined) return longer
  let best: { word: string; changes: number } | undefined
  for (const one of words) {
    const changes = changesBetween(wanted, one.toLowerCase())
    if (best === undefined || changes < best.changes) best = { word: one, changes }
  }
  const most = Math.min(MOST_CHANGES, Math.ceil(wanted.length / 2))
  return best !== undefined && best.changes <= most ? best.word : undefined
}

function changesBetween(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, n) => n)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      row.push(Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    above = row
  }
  return above[b.length]
}
