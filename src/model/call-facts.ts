import type { Exchange } from '../sdp/exchange.ts'
import type { MessagePath, SipCall } from '../sip/call.ts'
import type { LadderStep } from '../sip/ladders.ts'
import type { CutOff } from '../sip/session-watch.ts'
import type { AnalysedCall, AnalysedExchange, AnalysedRefusal } from './analysis.ts'
import { describeCall, describeStep } from './calls.ts'
import { ExchangeFacts } from './exchanges.ts'
import { analyseRefusal } from './refusals.ts'
import type { Call } from './report.ts'
import { describeSession } from './sessions.ts'

/** The facts of a call, each put together when it is asked for first. */
export class CallFacts implements AnalysedCall {
  readonly #call: SipCall
  readonly #exchanges: readonly Exchange[]
  readonly #severalCaptures: boolean
  readonly #ladder: readonly LadderStep[] | undefined
  #report: Call | undefined
  #analysed: readonly AnalysedExchange[] | undefined

  constructor(call: SipCall, exchanges: readonly Exchange[], severalCaptures: boolean, ladder?: readonly LadderStep[]) {
    this.#ladder = ladder
    this.#call = call
    this.#exchanges = exchanges
    this.#severalCaptures = severalCaptures
  }

  get callId(): string {
    return this.#call.callId
  }

  get state(): Call['state'] {
    return this.#call.state
  }

  get report(): Call {
    this.#report ??= describeCall(
      this.#call,
      this.#analysed?.map(({ session }) => session) ??
        this.#exchanges.map((exchange) => describeSession(exchange, this.#severalCaptures)),
      this.#ladder?.map((step) => describeStep(step, this.#severalCaptures)),
    )
    return this.#report
  }

  get exchanges(): readonly AnalysedExchange[] {
    this.#analysed ??= this.#exchanges.map((exchange) => new ExchangeFacts(exchange, this.#severalCaptures))
    return this.#analysed
  }

  get paths(): readonly MessagePath[] {
    return this.#call.paths
  }

  get startUs(): number {
    return this.#call.startUs
  }

  get answerUs(): number | undefined {
    return this.#call.answerUs
  }

  get endUs(): number | undefined {
    return this.#call.endUs
  }

  get byeAnsweredUs(): number | undefined {
    return this.#call.byeAnsweredUs
  }

  get refusal(): AnalysedRefusal | undefined {
    const { refusal } = this.#call
    return refusal === undefined ? undefined : analyseRefusal(refusal)
  }

  get cutOff(): CutOff | undefined {
    return this.#call.cutOff
  }

  get lastUs(): number {
    return this.#call.lastUs
  }

  get referUs(): number | undefined {
    return this.#call.referUs
  }
}
