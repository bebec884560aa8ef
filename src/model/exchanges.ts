import type { FrameRef } from '../bytes/frame-ref.ts'
import { isSecureProfile } from '../media/media-line.ts'
import { currentAnswer, type Exchange } from '../sdp/exchange.ts'
import type { Transport } from '../sip/context.ts'
import { suiteByName } from '../srtp/suites.ts'
import type { AcceptableLine, AnalysedExchange, DescribedFact } from './analysis.ts'
import { DescriptionFacts } from './descriptions.ts'
import { q850Cause, withoutKeys } from './refusals.ts'
import type { Session } from './report.ts'
import { describeSession, formatCodec } from './sessions.ts'

/** What rules read of an exchange, put together when it is asked for: no rule asks for all. Keys become fingerprints here. */
export class ExchangeFacts implements AnalysedExchange {
  readonly offer: DescribedFact
  readonly answers: readonly DescribedFact[]
  readonly #exchange: Exchange
  readonly #severalCaptures: boolean
  #session: Session | undefined

  constructor(exchange: Exchange, severalCaptures: boolean) {
    this.offer = new DescriptionFacts(exchange.offer)
    this.answers = exchange.answers.map((answer) => new DescriptionFacts(answer))
    this.#exchange = exchange
    this.#severalCaptures = severalCaptures
  }

  get session(): Session {
    this.#session ??= describeSession(this.#exchange, this.#severalCaptures)
    return this.#session
  }

  get transport(): Transport {
    return this.#exchange.transport
  }

  get refusedAt(): FrameRef | undefined {
    return this.#exchange.refusedAt
  }

  get refusedStatus(): number | undefined {
    return this.#exchange.refusedStatus
  }

  get refusedCause(): number | undefined {
    return q850Cause(this.#exchange.refusedWith?.reason)
  }

  get refusedWarning(): string | undefined {
    return withoutKeys(this.#exchange.refusedWith?.warning)
  }

  get refusedPhrase(): string | undefined {
    return withoutKeys(this.#exchange.refusedWith?.phrase)
  }

  get refusedAccept(): readonly string[] | undefined {
    const { accept } = this.#exchange.refusedWith ?? {}
    return accept?.split(',').flatMap((one) => (one.includes('/') ? one.split(';')[0].trim().toLowerCase() : []))
  }

  get acceptable(): readonly AcceptableLine[] | undefined {
    return this.#exchange.refusedWith?.acceptable?.map(({ kind, protocol, codecs, suites, isKeyed }) => ({
      kind,
      profile: protocol,
      codecs: codecs.map(formatCodec),
      suites: suites.map((suite) => suiteByName(suite)?.name ?? suite),
      asksForSecurity: isKeyed || isSecureProfile(protocol),
    }))
  }

  get renegotiates(): boolean {
    const { previous } = this.#exchange
    return previous !== undefined && currentAnswer(previous) !== undefined
  }
}
