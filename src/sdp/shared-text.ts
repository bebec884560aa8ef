import { copyText } from '../sip/message-facts.ts'

const TEXTS = new Map<string, string>()
const MOST_TEXTS = 512
const LONGEST = 64

/** One text for all equal ones: names of profiles and suites, which a device says in every call. */
export function sharedText(text: string): string {
  const known = TEXTS.get(text)
  if (known !== undefined) return known
  const own = copyText(text)
  if (text.length > LONGEST) return own
  if (TEXTS.size >= MOST_TEXTS) TEXTS.clear()
  TEXTS.set(own, own)
  return own
}
