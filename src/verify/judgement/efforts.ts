import { LIMITS } from '../../limits/limits.ts'
import { searchesNeeded } from '../second-pass/roc-search.ts'
import { Allowance } from './allowance.ts'
import type { StreamPlan } from './plan.ts'

/** A search tries 4,095 rollover counters: a fraction of a millisecond. */
const OCTETS_A_SEARCH = 32_768
/** A key is tried under a few rollover counters: a microsecond or two. */
const OCTETS_A_TRIAL = 64
/** Packets of a stream that may have all of its keys tried on them before one has to hold. */
const TRIED_WHOLE = 3

/** What the streams of a trace may spend in the second pass. */
export class Efforts {
  readonly #searches = new Allowance(LIMITS.rolloverSearches.most, OCTETS_A_SEARCH)
  readonly #trials = new Allowance(LIMITS.keyTrials.most, OCTETS_A_TRIAL)

  /** The plan with what its stream of so many octets may spend. */
  dealtTo(plan: StreamPlan, octets: number): StreamPlan {
    const { job } = plan
    if (job === undefined) return plan
    const neededSearches = searchesNeeded(job.keys.length)
    const searches = this.#searches.of(neededSearches, octets)
    const keys = job.keys.length
    // What is free lets every key be tried once; for more than that a stream pays.
    const free = this.#trials.of(keys, octets)
    const trials = Math.min(keys * TRIED_WHOLE, Math.max(free, Math.floor(octets / OCTETS_A_TRIAL)))
    const effort = {
      searches,
      trials,
      isSearchedLess: searches < neededSearches,
      isTriedLess: trials < keys,
    }
    return { ...plan, job: { ...job, effort } }
  }
}
