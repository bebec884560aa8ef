import { addressOf } from '../../bytes/endpoint.ts'
import type { Call, Stream } from '../../model/report.ts'

/** A party as signalling shows it. */
interface Party {
  readonly endpoints: readonly string[]
}

/**
 * Which lifeline sends from, and gets media at, an endpoint: that of its address, where it is one party's; else of the one
 * that described it first, as a relay may stand at any address; else of the side that the stream is of (behind a NAT).
 */
export class MediaPlaces {
  readonly #lines: readonly Party[]
  readonly #described = new Map<string, number>()
  readonly #sides = new Map<string, Partial<Record<'offerer' | 'answerer', number>>>()

  constructor(calls: readonly Call[], lines: readonly Party[]) {
    this.#lines = lines
    const named: { endpoint: string; frame: number; line: number }[] = []
    for (const { callId, sessions } of calls) {
      for (const { leg, media, offerFrame, answerFrame } of sessions) {
        const [offerer, answerer] = leg.split(' > ').map((endpoint) => this.#lineOf(endpoint))
        const sides = this.#sides.get(callId) ?? {}
        // The first hop has the offerer, the last one answered first.
        this.#sides.set(callId, { offerer: sides.offerer ?? offerer, answerer })
        for (const { offer, answer } of media) {
          if (offer !== undefined) named.push({ endpoint: offer.endpoint, frame: offerFrame, line: offerer })
          if (answer !== undefined && answerFrame !== undefined) {
            named.push({ endpoint: answer.endpoint, frame: answerFrame, line: answerer })
          }
        }
      }
    }
    for (const { endpoint, line } of named.sort((a, b) => a.frame - b.frame)) {
      if (line >= 0 && !this.#described.has(endpoint)) this.#described.set(endpoint, line)
    }
  }

  /** The lifelines of its source and destination; -1 where none is known. */
  of({ kind, src, dst, sender, callId = '' }: Stream): { from: number; to: number } {
    const sides = this.#sides.get(callId) ?? {}
    const receiver = sender === 'offerer' ? 'answerer' : 'offerer'
    return {
      from: this.#at(src, kind) ?? (sender && sides[sender]) ?? -1,
      to: this.#at(dst, kind) ?? (sender && sides[receiver]) ?? -1,
    }
  }

  #at(endpoint: string, kind: Stream['kind']): number | undefined {
    const address = addressOf(endpoint)
    const own = this.#lines.flatMap(({ endpoints }, n) =>
      endpoints.some((one) => addressOf(one) === address) ? [n] : [],
    )
    if (own.length === 1) return own[0]
    return this.#described.get(endpoint) ?? (kind === 'rtcp' ? this.#described.get(besideRtcp(endpoint)) : undefined)
  }

  #lineOf(endpoint: string): number {
    return this.#lines.findIndex(({ endpoints }) => endpoints.includes(endpoint))
  }
}

/** RFC 3550 §11: RTCP goes to the port above that of RTP. */
function besideRtcp(endpoint: string): string {
  const colon = endpoint.lastIndexOf(':')
  return `${endpoint.slice(0, colon)}:${Number(endpoint.slice(colon + 1)) - 1}`
}
