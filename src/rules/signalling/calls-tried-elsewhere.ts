import type { AnalysedCall } from '../../model/analysis.ts'
import { partyName } from '../../model/party-name.ts'
import type { LostCall, UnansweredRequests } from '../../sip/watch/facts.ts'

/** Who rings several at once sends to all of them at once; who tries the next gateway does so when it gives up the first. */
const AT_ONCE_US = 500_000
const NEXT_US = 5_000_000
/** Calls of one caller that are looked at; more are an outage, and lost. */
const MOST_OF_CALLER = 64

type WithLost = Pick<UnansweredRequests, 'source' | 'lost' | 'lostCalls'>

/**
 * Calls that a host got through elsewhere under a Call-ID of its own, as a B2BUA does that knows several gateways, or rings
 * several phones: of these it cannot be said that nobody answered.
 */
export class CallsTriedElsewhere {
  readonly #byCaller = new Map<string, LostCall[]>()
  readonly #answered = new Set<LostCall>()

  constructor(unanswered: readonly WithLost[]) {
    for (const { source, lost } of unanswered) {
      for (const one of lost) {
        const key = keyOf(source, one)
        if (key === undefined) continue
        const known = this.#byCaller.get(key)
        if (known === undefined) this.#byCaller.set(key, [one])
        else if (known.length < MOST_OF_CALLER) known.push(one)
      }
    }
  }

  add({ callId, answerUs, startUs, paths, report }: AnalysedCall): void {
    if (answerUs === undefined || this.#byCaller.size === 0) return
    const key = paths.length === 0 ? undefined : keyOf(paths[0].source.address, report)
    if (key === undefined) return
    for (const one of this.#byCaller.get(key) ?? []) {
      const isAtOnce = Math.abs(startUs - one.firstUs) <= AT_ONCE_US
      const isNext = startUs >= one.firstUs && startUs - one.lastUs <= NEXT_US
      const isSameCallee = isNext && partyName(report.to) === partyName(one.to)
      if (callId !== one.callId && (isAtOnce || isSameCallee)) this.#answered.add(one)
    }
  }

  /** The same without these calls among the lost; of more than are kept the first speak for all. */
  without<One extends WithLost>(one: One): One {
    const answered = one.lost.filter((each) => this.#answered.has(each)).length
    if (answered === 0) return one
    return { ...one, lostCalls: answered === one.lost.length ? 0 : one.lostCalls - answered }
  }
}

function keyOf(source: string, { from }: { readonly from: string }): string | undefined {
  const caller = partyName(from)
  return caller === undefined ? undefined : `${source} ${caller}`
}
