import type { Growing } from '../../bytes/growing.ts'
import { keptIn } from '../../bytes/kept-in.ts'
import { LIMITS } from '../../limits/limits.ts'
import { FRAMES, type RepeatedResponse, type UnacknowledgedResponses } from './facts.ts'
import type { RepeatedUntilAcknowledged } from './repeated-response.ts'

const MOST_KEPT = LIMITS.unansweredPeers.most

type Kept = Growing<UnacknowledgedResponses>

/** Responses that were not acknowledged, by who sent them to whom. */
export class UnacknowledgedLog {
  /** Responses between hosts beyond those kept. */
  beyond = 0
  readonly #kept = new Map<string, Kept>()

  copy(): UnacknowledgedLog {
    const copy = new UnacknowledgedLog()
    copy.beyond = this.beyond
    for (const [key, kept] of this.#kept) copy.#kept.set(key, { ...kept, at: [...kept.at] })
    return copy
  }

  list(): readonly UnacknowledgedResponses[] {
    return [...this.#kept.values()].sort((a, b) => a.at[0].position - b.at[0].position)
  }

  keep(response: RepeatedUntilAcknowledged): void {
    const { kind, transport, source, destination, record } = response
    const key = `${kind} ${source} ${destination}`
    const none = () => {
      const counts = { responses: 0, lostCalls: 0, severalCalls: false, at: [] }
      return { kind, transport, source, destination, callId: record.callId, longest: factsOf(response), ...counts }
    }
    const kept = keptIn(this.#kept, key, MOST_KEPT, none)
    if (kept === undefined) {
      this.beyond++
      return
    }
    kept.responses++
    if (response.isGivenUp) kept.lostCalls++
    if (record.callId !== kept.callId) kept.severalCalls = true
    if (response.repeats > kept.longest.repeats) kept.longest = factsOf(response)
    for (const at of response.at) if (kept.at.length < FRAMES) kept.at.push(at)
  }
}

/** Without the call that it is of. */
function factsOf(response: RepeatedUntilAcknowledged): RepeatedResponse {
  const { status, repeats, spanUs, acknowledged, acknowledgedAt, invitesAgain, bye, contactHost } = response
  return { status, repeats, spanUs, acknowledged, acknowledgedAt, invitesAgain, bye, contactHost }
}
