const MOST = 120

/** What somebody wrote into a message, in a length that can be read. */
export function shortened(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text
}
