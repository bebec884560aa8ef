import type { Anonymizer } from '../report/anonymize/anonymizer.ts'
import type { DonePart, JobOutcome, ReportedCapture, UnreadCapture } from './job-outcome.ts'

/**
 * Outcomes as a summary that is sent away may have them. What a job found is anonymised where the job is done; here the
 * names of captures, and what is said of those that could not be read, are replaced.
 */
export function anonymizedOutcomes(outcomes: readonly JobOutcome[], anonymizer: Anonymizer): JobOutcome[] {
  const path = (capture: string) => (SET.test(capture) ? capture : anonymizer.path(capture))
  return outcomes.map((outcome) =>
    outcome.status === 'failed' ? anonymizedUnread(outcome, path) : anonymizedReported(outcome, path(outcome.capture)),
  )
}

function anonymizedReported<O extends ReportedCapture | DonePart>(outcome: O, capture: string): O {
  const isBroken = 'brokenOff' in outcome
  return { ...outcome, capture, ...(isBroken && { brokenOff: `${capture}: the scan broke off; please report this` }) }
}

/** What a set that is one trace is called. */
const SET = /^\d+ captures as one$/

/** Errors name files and machines in words of many libraries: that there was one, and its code, is what stays. */
export function anonymizedUnread<U extends UnreadCapture>(unread: U, path: Anonymizer['path']): U {
  const capture = path(unread.capture)
  return { ...unread, capture, error: `${capture}: could not be read${unread.code ? ` (${unread.code})` : ''}` }
}
