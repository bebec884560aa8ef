import { firstFrom } from '../../bytes/first-from.ts'

/** When a session of a call was up; without an end, as far as the capture shows, it still is. */
export interface SessionSpan {
  readonly callId: string
  /** Of its first offer: by its clock the times are. */
  readonly capture: number
  readonly fromUs: number
  readonly untilUs?: number
}

/** The sessions that use an endpoint, for the endpoints that are of interest: ports are used again, by load generators thousands of times. */
export class SessionSpans {
  readonly #interesting: ReadonlySet<string>
  readonly #spans = new Map<string, SessionSpan[]>()
  /** Once asked for: in the order of their beginnings, each beside the one that lasts longest up to there. */
  readonly #longest = new Map<string, readonly { readonly fromUs: number; readonly span: SessionSpan }[]>()

  constructor(interesting: ReadonlySet<string>) {
    this.#interesting = interesting
  }

  /** Takes in that a session uses an endpoint; of one session after the other. */
  add(endpoint: string, span: SessionSpan): void {
    if (!this.#interesting.has(endpoint)) return
    const known = this.#spans.get(endpoint)
    if (known === undefined) this.#spans.set(endpoint, [span])
    else if (known.at(-1) !== span) known.push(span)
  }

  /** Whether a session beside this one uses an endpoint. */
  hasOther(endpoint: string, span: SessionSpan): boolean {
    return (this.#spans.get(endpoint) ?? []).some((other) => other.callId !== span.callId)
  }

  /** Of the sessions at an endpoint that began before `timeUs`, the one that ended last, or has not ended. */
  latestAt(endpoint: string, timeUs: number): SessionSpan | undefined {
    const longest = this.#longestAt(endpoint)
    return longest[firstFrom(longest, ({ fromUs }) => fromUs > timeUs) - 1]?.span
  }

  #longestAt(endpoint: string): readonly { readonly fromUs: number; readonly span: SessionSpan }[] {
    const known = this.#longest.get(endpoint)
    if (known !== undefined) return known
    let span: SessionSpan | undefined
    const longest = (this.#spans.get(endpoint) ?? [])
      .toSorted((a, b) => a.fromUs - b.fromUs)
      .map((one) => {
        if (span === undefined || endOf(one) > endOf(span)) span = one
        return { fromUs: one.fromUs, span }
      })
    this.#longest.set(endpoint, longest)
    return longest
  }
}

function endOf({ untilUs = Number.POSITIVE_INFINITY }: SessionSpan): number {
  return untilUs
}
