import { formatEndpoint } from '../bytes/endpoint.ts'
import type { FrameRef } from '../bytes/frame-ref.ts'
import { isSecureProfile } from '../media/media-line.ts'
import type { AnalysedCall, AnalysedExchange, DescribedFact, DescribedMedia } from '../model/analysis.ts'

/** One m= line of an answered exchange: what was offered and what was accepted for it. */
export interface AgreedLine {
  readonly call: AnalysedCall
  readonly exchange: AnalysedExchange
  /** Its place in the call's `exchanges`. */
  readonly exchangeIndex: number
  readonly index: number
  readonly offer: DescribedMedia
  readonly answer: DescribedMedia
  readonly offerAt: DescribedFact
  readonly answerAt: DescribedFact
}

/**
 * The m= lines of RTP that a call's exchanges accepted, in the order of their offers. Of a line that is cut on either side
 * nobody can say what was agreed.
 */
export function agreedLines(call: AnalysedCall): readonly AgreedLine[] {
  // Rule after rule asks of the same call.
  if (last?.call !== call) last = { call, lines: linesOf(call) }
  return last.lines
}

let last: { readonly call: AnalysedCall; readonly lines: readonly AgreedLine[] } | undefined

function linesOf(call: AnalysedCall): AgreedLine[] {
  const lines: AgreedLine[] = []
  for (let exchangeIndex = 0; exchangeIndex < call.exchanges.length; exchangeIndex++) {
    const exchange = call.exchanges[exchangeIndex]
    const answerAt = exchange.answers.at(-1)
    if (exchange.session.outcome !== 'answered' || answerAt === undefined) continue
    for (const offer of exchange.offer.media) {
      const answer = answerAt.media[offer.index]
      if (answer === undefined || answer.rejected || offer.rejected || !isRtp(answer)) continue
      // A line of another kind answers none of this one (RFC 3264 §6).
      if (offer.isCut || answer.isCut || offer.kind !== answer.kind) continue
      const { index } = offer
      lines.push({ call, exchange, exchangeIndex, index, offer, answer, offerAt: exchange.offer, answerAt })
    }
  }
  return lines
}

export function isRtp({ profile }: DescribedMedia): boolean {
  return /(^|\/)RTP\/S?AVPF?$/i.test(profile)
}

/** RTP in a TCP connection (RFC 4571, RFC 7850), which is not read: that nothing is seen of it says nothing. */
export function isOverTcp({ profile }: DescribedMedia): boolean {
  return /^TCP\//i.test(profile)
}

/** RTP/SAVP(F), over whatever transport. */
export function isSecure({ profile }: { readonly profile: string }): boolean {
  return isSecureProfile(profile)
}

export function carriesKeying({ carries }: DescribedMedia): boolean {
  return carries.length > 0
}

/** Whether a description asks for protection: by its profile or by keying of any sort. */
export function asksForSecurity(media: DescribedMedia): boolean {
  return isSecure(media) || carriesKeying(media)
}

/**
 * Whether both sides of a line agreed on protection. Keying of the answer alone, or of another sort than what was offered,
 * agrees on nothing (RFC 4568 §5.1.2).
 */
export function isProtected({ offer, answer }: Pick<AgreedLine, 'offer' | 'answer'>): boolean {
  return isSecure(answer) || answer.carries.some((keying) => offer.carries.includes(keying))
}

/** Not sendrecv (RFC 3264 §8.4), or its forerunner: an unspecified address. */
export function isHeld({ direction, connectionAddress: at }: DescribedMedia): boolean {
  return direction !== 'sendrecv' || at === '0.0.0.0' || at === '::'
}

/** The description that answered an exchange last; of one without an answer that of its offer. */
export function answeredAt({ offer, answers }: AnalysedExchange): FrameRef {
  return (answers.at(-1) ?? offer).at
}

/** The frames of an offer and of its last answer. */
export function exchangeFrames({ offer, answers }: AnalysedExchange): FrameRef[] {
  return [offer.at, ...answers.slice(-1).map(({ at }) => at)]
}

/** `audio`; where a description has several lines of a kind, `audio (m= line 2)`. */
export function mediumText(lines: readonly Medium[], { kind, index }: Medium): string {
  const isOneOfSeveral = lines.some((other) => other.kind === kind && other.index !== index)
  return isOneOfSeveral ? `${kind} (m= line ${index + 1})` : kind
}

type Medium = Pick<DescribedMedia, 'kind' | 'index'>

/** Where a line is wanted; `port 20000` where a host stands there by its name. */
export function endpointText({ connectionAddress: address, port }: DescribedMedia): string {
  return address === undefined ? `port ${port}` : formatEndpoint({ address, port })
}

/** `203.0.113.10 > 198.51.100.20`: the hop that carried an offer. */
export function hopText({ source, destination }: DescribedFact): string {
  return `${source.address} > ${destination.address}`
}

/** Keeps the first of everything that has the same name. */
export function firstOf<T>(items: readonly T[], nameOf: (item: T) => string): readonly T[] {
  if (items.length < 2) return items
  const seen = new Set<string>()
  return items.filter((item) => {
    const name = nameOf(item)
    if (seen.has(name)) return false
    seen.add(name)
    return true
  })
}
