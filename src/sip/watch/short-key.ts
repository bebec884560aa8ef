import { hash } from 'node:crypto'

/** Characters of ordinary names, and of Call-IDs with a tag. */
const LONGEST = 96

/** A text by which something is known again and that nobody reads: of a long one its digest, which takes no more room. */
export function shortKey(text: string): string {
  return text.length > LONGEST ? hash('sha1', text, 'base64') : text
}
