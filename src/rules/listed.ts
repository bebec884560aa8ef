/** Names that a sentence lists. */
export const MOST_LISTED = 5

/** The first of some names, and how many more there are. */
export function listed(names: readonly string[], most: number = MOST_LISTED): string {
  const rest = names.length - most
  return `${names.slice(0, most).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
