import type { AnomalyList } from './anomalies.ts'
import type { CSeq, RAck } from './message.ts'
import { isToken, parseDecimal, skipWhiteSpace, wordEnd } from './token.ts'

const MOST_UINT32 = 2 ** 32 - 1

/** What CSeq holds: the method even where the number is none that a comparison could use. */
export interface CSeqValue {
  readonly method: string
  readonly cseq?: CSeq
}

/** Parses `1*DIGIT LWS Method` (RFC 3261 §20.16). Numbers from 2^31 to 2^32 - 1 are stated and kept, larger ones dropped. */
export function parseCSeq(text: string, anomalies: AnomalyList): CSeqValue | undefined {
  const [first, method, rest] = words(text)
  const number = parseDecimal(first)
  if (number === undefined || !isToken(method) || rest !== '') {
    anomalies.add('cseq-malformed')
    return undefined
  }
  if (number >= 2 ** 31) anomalies.add('cseq-out-of-range')
  return number > MOST_UINT32 ? { method } : { method, cseq: { number, method } }
}

/** Parses RSeq (RFC 3262 §7.1). */
export function parseRSeq(text: string, anomalies: AnomalyList): number | undefined {
  const number = parseDecimal(text)
  if (number !== undefined && number >= 1 && number <= MOST_UINT32) return number
  anomalies.add('rseq-out-of-range')
  return undefined
}

/** Parses RAck: response number, CSeq number, method (RFC 3262 §7.2). */
export function parseRAck(text: string, anomalies: AnomalyList): RAck | undefined {
  const [first, second, method] = words(text)
  const rseq = parseDecimal(first)
  const cseq = parseDecimal(second)
  if (rseq !== undefined && rseq <= MOST_UINT32 && cseq !== undefined && cseq <= MOST_UINT32 && isToken(method))
    return { rseq, cseq, method }
  anomalies.add('rack-malformed')
  return undefined
}

/** The first two words, and what follows them. */
function words(text: string): readonly [string, string, string] {
  const firstEnd = wordEnd(text, 0)
  const second = skipWhiteSpace(text, firstEnd)
  const secondEnd = wordEnd(text, second)
  return [text.slice(0, firstEnd), text.slice(second, secondEnd), text.slice(skipWhiteSpace(text, secondEnd))]
}
