import type { FrameRef } from '../bytes/frame-ref.ts'
import { ceilingOf, type OnLimit } from '../limits/limits.ts'
import type { AnomalyLog } from '../model/anomaly-log.ts'
import type { Described, Exchange, ExchangeListener } from '../sdp/exchange.ts'

/** The share of the room that is freed at once where it is full: looking for what may go takes as long as it is. */
const SPARE = 1 / 8
const NONE: ReadonlySet<string> = new Set()

/** Called where an exchange began, was answered or refused, with the position of the message that did so. */
type OnChanged = (exchange: Exchange, position: number) => void

/** Offers and answers of a trace, in the order of the offers. */
export class ExchangeLog implements ExchangeListener {
  readonly onLimit: OnLimit
  readonly #anomalies: AnomalyLog
  readonly #most: number
  readonly #onChanged: OnChanged
  #kept: Exchange[] = []

  constructor(anomalies: AnomalyLog, maxMemoryBytes: number, onChanged: OnChanged) {
    this.onLimit = anomalies.reached
    this.#anomalies = anomalies
    this.#most = ceilingOf('exchanges', maxMemoryBytes)
    this.#onChanged = onChanged
  }

  get kept(): readonly Exchange[] {
    return this.#kept
  }

  onOffer(exchange: Exchange): void {
    this.#kept.push(exchange)
    if (exchange.forkOf === undefined) this.#noteAnomalies(exchange.offer)
    this.#onChanged(exchange, exchange.offer.at.position)
  }

  onLateOffer(exchange: Exchange): void {
    if (exchange.forkOf === undefined) this.#noteAnomalies(exchange.offer)
    this.#onChanged(exchange, exchange.offer.at.position)
  }

  onAnswer(exchange: Exchange, answer: Described): void {
    this.#noteAnomalies(answer)
    this.#onChanged(exchange, answer.at.position)
  }

  onRefused(exchange: Exchange): void {
    this.#onChanged(exchange, exchange.refusedAt?.position ?? exchange.offer.at.position)
  }

  onAnomaly(reason: string, at: FrameRef): void {
    this.#anomalies.note('sdp', reason, at)
  }

  /** Call-IDs whose exchanges have no room, the oldest first; of calls that are at hand all stay. */
  beyondRoom(isAtHand: (callId: string) => boolean): ReadonlySet<string> {
    if (this.#kept.length <= this.#most) return NONE
    const gone = new Set<string>()
    let rest = this.#kept.length - this.#most * (1 - SPARE)
    for (const { callId } of this.#kept) {
      if (rest <= 0) break
      if (isAtHand(callId)) continue
      gone.add(callId)
      rest--
    }
    return gone
  }

  /** Lets go of those of some Call-IDs. Returns how many they were. */
  release(callIds: ReadonlySet<string>): number {
    const before = this.#kept.length
    this.#kept = this.#kept.filter(({ callId }) => !callIds.has(callId))
    return before - this.#kept.length
  }

  #noteAnomalies({ description, at }: Described): void {
    for (const reason of description.anomalies) this.#anomalies.note('sdp', reason, at)
  }
}
