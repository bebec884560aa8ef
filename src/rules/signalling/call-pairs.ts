import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { Growing } from '../../bytes/growing.ts'
import { keptIn } from '../../bytes/kept-in.ts'
import { LIMITS } from '../../limits/limits.ts'
import type { AnalysedCall, AnalysedRefusal } from '../../model/analysis.ts'
import type { OnRuleLimit } from '../finding-room.ts'
import { FRAMES } from '../rule.ts'

const MOST_WARNING = 200

/** Calls that one host refused another with one status; cause and Warning of the first that has any. */
export interface RefusedCalls {
  readonly by: string
  readonly to: string
  readonly status: number
  readonly calls: number
  readonly withCredentials: number
  readonly cause?: number | undefined
  readonly warning?: string | undefined
  readonly at: readonly FrameRef[]
}

interface Pair {
  answered: number
  lastAnswerUs: number
  readonly refused: Map<number, Growing<RefusedCalls>>
}

/** What becomes of the calls between two hosts, by who calls whom. */
export class CallPairs {
  readonly #pairs = new Map<string, Pair>()
  readonly #answering = new Set<string>()
  readonly #onLimit: OnRuleLimit

  constructor(onLimit: OnRuleLimit) {
    this.#onLimit = onLimit
  }

  /** A call that was not refused. */
  went({ answerUs, paths }: AnalysedCall): void {
    if (answerUs === undefined) return
    const between = new Set(paths.map(({ source, destination }) => nameOf(source.address, destination.address)))
    for (const name of between) {
      const pair = this.#pair(name)
      if (pair === undefined) return
      pair.answered++
      pair.lastAnswerUs = Math.max(pair.lastAnswerUs, answerUs)
    }
    for (const { source } of paths.slice(0, 1)) this.#answering.add(source.address)
  }

  refused({ by, to, status, cause, warning, withCredentials, at }: AnalysedRefusal): void {
    const pair = this.#pair(nameOf(to, by))
    if (pair === undefined) return
    let kept = pair.refused.get(status)
    if (kept === undefined) {
      kept = { by, to, status, calls: 0, withCredentials: 0, at: [] }
      pair.refused.set(status, kept)
    }
    kept.calls++
    if (withCredentials) kept.withCredentials++
    kept.cause ??= cause
    kept.warning ??= warning?.slice(0, MOST_WARNING)
    if (kept.at.length < FRAMES) kept.at.push(at)
  }

  /** Calls of one host to the other, or back, that were answered. */
  answeredBetween(source: string, destination: string): number {
    return this.#pairs.get(nameOf(source, destination))?.answered ?? 0
  }

  /** When the last of these was. */
  lastAnswerUs(source: string, destination: string): number {
    return this.#pairs.get(nameOf(source, destination))?.lastAnswerUs ?? Number.NEGATIVE_INFINITY
  }

  /** Whether any call that this host made was answered. */
  isAnswered(source: string): boolean {
    return this.#answering.has(source)
  }

  list(): readonly RefusedCalls[] {
    return [...this.#pairs.values()].flatMap(({ refused }) => [...refused.values()])
  }

  #pair(name: string): Pair | undefined {
    const none = () => ({ answered: 0, lastAnswerUs: Number.NEGATIVE_INFINITY, refused: new Map() })
    const pair = keptIn(this.#pairs, name, LIMITS.callPairs.most, none)
    if (pair === undefined) this.#onLimit('callPairs')
    return pair
  }
}

function nameOf(source: string, destination: string): string {
  return `${source} > ${destination}`
}
