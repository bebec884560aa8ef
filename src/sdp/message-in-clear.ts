import { shownLine } from './shown-lines.ts'

/** What may name or hold a secret in a line of a session description. */
const SECRET_LINE = /^[ \t]*(a[ \t]*=.*(crypto|inline|key|mikey|pwd|passw|secret|token)|k[ \t]*=)/i
/** Keys stand elsewhere as well: in a URI that has a body (RFC 3261 §19.1.1), in a description that is folded. */
const INLINE_KEY = /inline(?::|%3a)/i
/** RFC 3261 §7.3.1: a line that begins with white space is of the one before. */
const FOLDED = /^[ \t]/
/** A description has no such lines, but who breaks its lines breaks keys: what begins neither a line of it nor a part of a body. */
const NO_NEW_LINE = /^(?![a-z]=|--|$)/
/** RFC 3711, RFC 5124, RFC 5764: the profile of m= that says that media is protected. */
const SECURE_PROFILE = /^(m=\S+ \S+ )(?:(?:UDP|TCP)\/(?:D?TLS\/))?RTP\/SAVP(F?)(?=\s|$)/
const CRYPTO = /^a=crypto(?=[:\s])/i
/** A body whose octets say nothing to a reader of lines. */
const ENCODED =
  /^(?:content-encoding|e)[ \t]*:[ \t]*(?!identity)\S|^content-transfer-encoding[ \t]*:[ \t]*(?:base64|quoted)/im
const LENGTH_FIELD = /^((?:content-length|l)[ \t]*:[ \t]*)(\d{1,9})(?=[ \t]*\r?$)/im

/**
 * A SIP message that fits media in the clear: its keys are replaced by their fingerprints, a=crypto lines are called
 * a=x-crypto, and profiles lose their S (`RTP/SAVP` becomes `RTP/AVP`), so that whoever reads it takes the media for what
 * it is now. All else stays, and Content-Length is put right.
 *
 * @returns undefined where the body is encoded: what it holds cannot be told
 */
export function messageInClear(message: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(message.buffer, message.byteOffset, message.length).toString('latin1')
  if (ENCODED.test(text)) return undefined
  const end = /\r?\n\r?\n/.exec(text)
  const bodyAt = end === null ? text.length : end.index + end[0].length
  const body = linesInClear(text.slice(bodyAt), NO_NEW_LINE)
  const more = body.length - (text.length - bodyAt)
  const header = linesInClear(text.slice(0, bodyAt), FOLDED).replace(
    LENGTH_FIELD,
    (_, name: string, length: string) => `${name}${Math.max(0, Number(length) + more)}`,
  )
  return Buffer.from(header + body, 'latin1')
}

/** @param goesOn a line that may be a part of the one before, and is hidden where that is */
function linesInClear(text: string, goesOn: RegExp): string {
  let isHidden = false
  return text
    .split(/(\r\n|\n|\r)/)
    .map((part, n) => {
      if (n % 2 === 1) return part
      if (isHidden && goesOn.test(part)) return `[${part.length} characters]`
      const made = lineInClear(part)
      isHidden = made !== undefined
      return made ?? part.replace(SECURE_PROFILE, '$1RTP/AVP$2')
    })
    .join('')
}

/** Undefined where nothing is to be hidden. */
function lineInClear(line: string): string | undefined {
  if (SECRET_LINE.test(line)) return shownLine(line.trimStart()).replace(CRYPTO, 'a=x-crypto')
  const inline = INLINE_KEY.exec(line)
  if (inline === null) return undefined
  return `${line.slice(0, inline.index)}[${line.length - inline.index} characters]`
}
