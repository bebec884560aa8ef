/** Options whose value may be `-`, by every spelling, and the long one. */
const TAKES_DASH: Readonly<Record<string, string>> = {
  '-r': '--read',
  '-I': '--read',
  '--read': '--read',
  '-o': '--output',
  '--output': '--output',
}

/** Joins `-r -` to `--read=-`: yargs takes a `-` that stands alone for the next option. */
export function joinDashes(argv: readonly string[]): string[] {
  const end = argv.indexOf('--')
  return argv.flatMap((word, n) => {
    if (end !== -1 && n >= end) return [word]
    if (word === '-' && n > 0 && Object.hasOwn(TAKES_DASH, argv[n - 1])) return []
    return argv[n + 1] === '-' && Object.hasOwn(TAKES_DASH, word) ? [`${TAKES_DASH[word]}=-`] : [word]
  })
}
