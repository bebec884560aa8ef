import type { AnomalyList, AnomalyReason } from './anomalies.ts'
import { splitValues } from './list-values.ts'
import { parseDecimal } from './token.ts'

const MOST_UINT32 = 2 ** 32 - 1

/** `Sat, 13 Nov 2010 23:29:00 GMT`: every width is fixed, so nothing can backtrack. */
const SIP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/

type Check = (value: string, anomalies: AnomalyList) => void

/** Headers whose values the model does not need, and whose faults it states. */
const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['max-forwards', checkNumber(255, 'max-forwards-out-of-range')],
  ['expires', checkNumber(MOST_UINT32, 'expires-out-of-range')],
  ['min-expires', checkNumber(MOST_UINT32, 'expires-out-of-range')],
  ['retry-after', checkRetryAfter],
  ['warning', checkWarning],
  ['date', checkDate],
  ['content-encoding', checkContentEncoding],
])

/** States what is wrong with a header's value, if this reader knows its grammar. */
export function checkHeader(name: string, value: string, anomalies: AnomalyList): void {
  CHECKS.get(name)?.(value, anomalies)
}

/** The `expires` parameter of a Contact (RFC 3261 §20.10). */
export function checkContactExpires(value: string | undefined, anomalies: AnomalyList): void {
  if (value !== undefined) checkHeader('expires', value, anomalies)
}

function checkNumber(most: number, reason: AnomalyReason): Check {
  return (value, anomalies) => {
    const number = parseDecimal(value)
    if (number === undefined || number > most) anomalies.add(reason)
  }
}

/** RFC 3261 §20.33: delta-seconds, then perhaps a comment or parameters. */
function checkRetryAfter(value: string, anomalies: AnomalyList): void {
  let end = 0
  while (end < value.length && value.charCodeAt(end) >= 48 && value.charCodeAt(end) <= 57) end++
  const seconds = parseDecimal(value.slice(0, end))
  if (seconds === undefined || seconds > MOST_UINT32) anomalies.add('retry-after-out-of-range')
}

/** RFC 3261 §20.43: each value is warn-code SP warn-agent SP warn-text. */
function checkWarning(value: string, anomalies: AnomalyList): void {
  for (const warning of splitValues(value, anomalies)) {
    const space = warning.indexOf(' ')
    if (space !== 3 || parseDecimal(warning.slice(0, space)) === undefined) anomalies.add('warning-malformed')
  }
}

function checkDate(value: string, anomalies: AnomalyList): void {
  if (!SIP_DATE.test(value)) anomalies.add('date-malformed')
}

function checkContentEncoding(value: string, anomalies: AnomalyList): void {
  if (value !== '' && value.toLowerCase() !== 'identity') anomalies.add('content-encoded')
}
