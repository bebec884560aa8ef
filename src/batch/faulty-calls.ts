import type { Finding } from '../model/report.ts'
import { isHabit } from '../report/finding-weight.ts'
import { CountTable } from './count-table.ts'
import { RuleTally, type RuleTotal } from './rule-tally.ts'

/** A call with errors of its own: not those that are true of most calls of a network (finding-weight.ts). */
export interface FaultyCall {
  readonly callId: string
  /** By which rules, most first. */
  readonly rules: readonly RuleTotal[]
}

export interface FaultyCalls {
  readonly count: number
  /** Those with most errors. */
  readonly worst: readonly FaultyCall[]
}

/** Of one capture. */
const MOST_CALLS = 5

/** Counts the errors of each call. */
export class FaultyCallTally {
  readonly #calls = new CountTable((callId) => ({ callId, tally: new RuleTally(), errors: 0 }))

  add({ rule, severity, callId }: Pick<Finding, 'rule' | 'severity' | 'callId'>): void {
    if (callId === undefined || severity !== 'error' || isHabit(rule)) return
    const call = this.#calls.of(callId)
    call.tally.add({ rule, severity, count: 1 })
    call.errors++
  }

  /** Undefined where there are none. Of calls with as many errors the one that was told of first comes first. */
  get faultyCalls(): FaultyCalls | undefined {
    const calls = this.#calls.sorted((a, b) => b.errors - a.errors)
    if (calls.length === 0) return undefined
    const worst = calls.slice(0, MOST_CALLS).map(({ callId, tally }) => ({ callId, rules: tally.sorted() }))
    return { count: calls.length, worst }
  }
}
