import { replaceKeyLike } from '../sdp/like-key.ts'
import { shownKey } from '../sdp/shown-key.ts'
import type { CallRefusal } from '../sip/call.ts'
import { MAX_TEXT } from '../sip/message-facts.ts'
import type { AnalysedRefusal } from './analysis.ts'

/** What is told of a refusal. */
export function analyseRefusal({ reason, warning, ...refusal }: CallRefusal): AnalysedRefusal {
  return { ...refusal, cause: q850Cause(reason), warning: withoutKeys(warning) }
}

/** A reason phrase or a Warning, without keys: who refuses a line may say it again, with its key. */
export function withoutKeys(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  // Of a text that was cut the last word may be a part of a key.
  const whole = text.length < MAX_TEXT ? text : text.slice(0, text.lastIndexOf(' ') + 1)
  return replaceKeyLike(whole.trim(), shownKey)
}

/** The Q.850 cause of a Reason header (RFC 3326 §2). */
export function q850Cause(reason: string | undefined): number | undefined {
  const [, cause] = (reason === undefined ? undefined : Q850_CAUSE.exec(reason)) ?? []
  return cause === undefined ? undefined : Number(cause)
}

/** `Q.850;cause=88;text="Incompatible destination"`, among other values or alone. */
const Q850_CAUSE = /Q\.850\s*;[^,]{0,200}?\bcause\s*=\s*"?(\d{1,3})\b/i
