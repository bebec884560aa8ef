import type { Severity } from '../model/report.ts'
import { SEVERITY_WORDS } from './words.ts'

/** A severity by sign, colour and, for who does not see these, word. */
export function SeverityMark({ severity }: { readonly severity: Severity }) {
  return (
    <span class={`mark ${severity}`}>
      <span aria-hidden="true">{SEVERITY_WORDS[severity].sign}</span>
      <span class="unseen">{severity}: </span>
    </span>
  )
}
