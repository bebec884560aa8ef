import { escapeText } from '../escape.ts'
import { formatNumber } from '../layout.ts'

/** Characters of one text that a page shows. */
const MOST_TEXT = 4000

/** A value as people may see it: every text in it, at every depth, escaped and of no more characters than a page shows. */
export function shownValue<T>(value: T): T {
  return shown(value) as T
}

function shown(value: unknown): unknown {
  if (typeof value === 'string') return shownText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return typeof value[0] === 'number' ? value : value.map(shown)
  const fields: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) if (field !== undefined) fields[name] = shown(field)
  return fields
}

/** A text as people may see it; of a long one its begin, and how long it is. */
export function shownText(text: string, most = MOST_TEXT): string {
  if (text.length <= most) return escapeText(text)
  return `${escapeText(text.slice(0, most))}… (${formatNumber(text.length)} characters)`
}
