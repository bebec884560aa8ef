import { type StepSpan, stepOf } from '../../rtp/timelines.ts'

/**
 * What the second pass found of a stream's packets, counted by the step that they fall into; a kind without any packet is
 * absent. `plain` has those that were agreed to be plain as well, `unjudged` those that no key could judge.
 */
export interface ResolvedSteps {
  readonly verified?: Uint32Array
  readonly failed?: Uint32Array
  readonly plain?: Uint32Array
  readonly cut?: Uint32Array
  readonly unjudged?: Uint32Array
}

export type StepOutcome = keyof ResolvedSteps

/** Counts a packet of time `timeUs`. */
export function noteOutcome(
  steps: { -readonly [K in StepOutcome]?: Uint32Array },
  outcome: StepOutcome,
  span: StepSpan,
  timeUs: number,
): void {
  let counts = steps[outcome]
  if (counts === undefined) {
    counts = new Uint32Array(span.count)
    steps[outcome] = counts
  }
  counts[stepOf(span, timeUs)]++
}
