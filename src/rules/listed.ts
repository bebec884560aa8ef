/** Names that a sentence lists. */
export const MOST_LISTED = 5

/** The first of some names, and how many more there are. */
export function listed(names: readonly string[]): string {
  const rest = names.length - MOST_LISTED
  return `${names.slice(0, MOST_LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
