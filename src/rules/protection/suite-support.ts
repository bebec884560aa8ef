import type { FrameRef } from '../../bytes/frame-ref.ts'
import { keptIn } from '../../bytes/kept-in.ts'
import { LIMITS } from '../../limits/limits.ts'
import type { AnalysedCall, AnalysedExchange, DescribedFact } from '../../model/analysis.ts'
import type { OnRuleLimit } from '../finding-room.ts'

/** A suite that offer and answer of an m= line agreed on, known to this tool or not. */
export interface AgreedSuite {
  readonly exchange: AnalysedExchange
  readonly index: number
  readonly suite: string
  /** All suites of the offer's lines. */
  readonly offered: readonly string[]
  /** Who answered, as `SuiteSupport` names parties. */
  readonly answerer: string
}

/** An answer agrees on a suite by exactly one line whose tag and suite were offered (RFC 4568 §5.1.2). */
export function agreedSuitesOf({ exchanges }: AnalysedCall): AgreedSuite[] {
  return exchanges.flatMap((exchange) =>
    exchange.session.media.flatMap(({ index, offer, answer, agreed }): AgreedSuite[] => {
      const [line, ...more] = answer?.crypto ?? []
      const answered = exchange.answers.at(-1)
      if (agreed?.keying !== 'sdes' || line === undefined || more.length > 0 || answered === undefined) return []
      const lines = offer?.crypto ?? []
      if (!lines.some(({ tag, suite }) => tag === line.tag && suite === line.suite)) return []
      const offered = lines.map(({ suite }) => suite)
      return [{ exchange, index, suite: line.suite, offered, answerer: partyOf(answered, index) }]
    }),
  )
}

/** Where a party showed that it supports a suite. */
export interface KnownSupport {
  readonly how: 'offered' | 'agreed on'
  readonly at: FrameRef
}

/** Suites of a party; there are hardly as many. */
const MOST_SUITES = 32

/** Which suites the parties of a trace were seen to support: what one offers or agrees on, it has. */
export class SuiteSupport {
  readonly #known = new Map<string, Map<string, KnownSupport>>()
  readonly #onLimit: OnRuleLimit

  constructor(onLimit: OnRuleLimit) {
    this.#onLimit = onLimit
  }

  learn(call: AnalysedCall): void {
    for (const { offer: at, session } of call.exchanges) {
      for (const { index, offer } of session.media) {
        for (const { suite } of offer?.crypto ?? [])
          this.#note(partyOf(at, index), suite, { how: 'offered', at: at.at })
      }
    }
    for (const { exchange, answerer, suite } of agreedSuitesOf(call)) {
      const at = exchange.answers.at(-1)?.at ?? exchange.offer.at
      this.#note(answerer, suite, { how: 'agreed on', at })
    }
  }

  of(party: string, suite: string): KnownSupport | undefined {
    return this.#known.get(party)?.get(suite)
  }

  #note(party: string, suite: string, support: KnownSupport): void {
    const suites = keptIn(this.#known, party, LIMITS.partiesRemembered.most, () => new Map<string, KnownSupport>())
    if (suites === undefined) this.#onLimit('partiesRemembered')
    else keptIn(suites, suite, MOST_SUITES, () => support)
  }
}

/** A party by where it wants its media and where its descriptions come from: through a proxy the latter is not its own. */
function partyOf({ source, media }: DescribedFact, index: number): string {
  return `${media[index]?.connectionAddress ?? ''} ${source.address}`
}
