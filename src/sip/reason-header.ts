import type { AnomalyList } from './anomalies.ts'
import { endOfElement } from './list-values.ts'
import type { ReasonValue, Replaces } from './message.ts'
import { parseParameters } from './parameters.ts'
import { parseDecimal, trimWhiteSpace } from './token.ts'

/** Parses one Reason value: `protocol *( ;cause=… ;text="…" )` (RFC 3326 §2). */
export function parseReason(text: string, anomalies: AnomalyList): ReasonValue {
  const end = endOfElement(text, 0, 59, anomalies)
  const params = parseParameters(text, end, anomalies)
  const cause = parseDecimal(params.get('cause') ?? '')
  const reasonText = params.get('text')
  return {
    protocol: trimWhiteSpace(text.slice(0, end)),
    ...(cause !== undefined && { cause }),
    ...(reasonText !== undefined && { text: reasonText }),
  }
}

/** Parses Replaces: `call-id ;to-tag=… ;from-tag=… [ ;early-only ]` (RFC 3891 §6.1). */
export function parseReplaces(text: string, anomalies: AnomalyList): Replaces | undefined {
  const end = endOfElement(text, 0, 59, anomalies)
  const params = parseParameters(text, end, anomalies)
  const callId = trimWhiteSpace(text.slice(0, end))
  const toTag = params.get('to-tag')
  const fromTag = params.get('from-tag')
  if (callId !== '' && toTag !== undefined && fromTag !== undefined) return { callId, toTag, fromTag }
  anomalies.add('replaces-malformed')
  return undefined
}
