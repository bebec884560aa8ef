import { formatEndpoint } from '../../bytes/endpoint.ts'
import { lastBegun } from '../../bytes/last-begun.ts'
import { groupedBy } from '../../bytes/lists-by-key.ts'
import type { AnalysedCall, AnalysedStream, DescribedMedia, TraceFacts } from '../../model/analysis.ts'
import { type AgreedLine, agreedLines, isHeld, isOverTcp, isRtp } from '../agreement.ts'
import { hopOf } from '../hop-of.ts'

/** From and until, µs since 1970. */
export interface Period {
  readonly fromUs: number
  readonly untilUs: number
}

/** A call that was answered and ran, one of its agreed m= lines, and what was seen of it in each direction. */
export interface CallMedia {
  readonly call: AnalysedCall
  readonly line: AgreedLine
  /** What was agreed on it, exchange after exchange; `line` is the first. */
  readonly lines: readonly AgreedLine[]
  /** From the answer to the BYE, or to the last that was seen of the call. */
  readonly fromUs: number
  readonly untilUs: number
  readonly fromOfferer: readonly AnalysedStream[]
  readonly fromAnswerer: readonly AnalysedStream[]
  /** What else was seen of the call, on this line and others. */
  readonly ofCall: readonly AnalysedStream[]
  /** When both sides were to be heard: none held (RFC 3264 §8.4), nor referred elsewhere, nor the line closed. In order of time. */
  readonly active: () => readonly Period[]
  /**
   * Whether RTP went toward an end of the line while it ran, bound to no call or to another: calls that share ports lose
   * streams so.
   */
  readonly hasStrays: () => boolean
  /** What the offerer, or the answerer, of `line` described last at a time, µs: either may offer anew. */
  readonly described: (party: 'offerer' | 'answerer', atUs: number) => DescribedMedia
}

/** The RTP streams of a trace, as the media of its calls. */
export class MediaOfCalls {
  readonly #streams: readonly AnalysedStream[]
  #toward: ReadonlyMap<string, readonly AnalysedStream[]> | undefined

  constructor({ streams }: TraceFacts) {
    this.#streams = streams
  }

  /**
   * The m= lines of an established call: one for each hop and line, renegotiations joined. Without those over TCP.
   *
   * @param streams those that the call owns
   */
  of(call: AnalysedCall, streams: readonly AnalysedStream[]): readonly CallMedia[] {
    if (call.answerUs === undefined || (call.state !== 'completed' && call.state !== 'established')) return NO_MEDIA
    const fromUs = call.answerUs
    const untilUs = Math.max(call.endUs ?? call.lastUs, fromUs)
    const lines = agreedLines(call).filter(({ answer }) => !isOverTcp(answer))
    return byHop(lines).map((ofHop) => this.#ofHop(call, ofHop, streams, fromUs, untilUs))
  }

  #ofHop(
    call: AnalysedCall,
    lines: readonly AgreedLine[],
    streams: readonly AnalysedStream[],
    fromUs: number,
    endUs: number,
  ): CallMedia {
    const fromOfferer: AnalysedStream[] = []
    const fromAnswerer: AnalysedStream[] = []
    let untilUs = endUs
    for (const stream of streams.length === 0 ? NO_STREAMS : streamsOf(streams, lines)) {
      if (senderOf(stream, lines) === 'offerer') fromOfferer.push(stream)
      else fromAnswerer.push(stream)
      if (call.endUs === undefined) untilUs = Math.max(untilUs, stream.lastAt.timeUs)
    }
    return {
      call,
      line: lines[0],
      lines,
      fromUs,
      untilUs,
      fromOfferer,
      fromAnswerer,
      ofCall: streams,
      active: () => activePeriods(turnsOf(call, lines), fromUs, Math.min(untilUs, call.referUs ?? untilUs)),
      described: (party, atUs) => describedIn(lines, party, atUs),
      hasStrays: () => this.#hasStrays(call, lines, [...fromOfferer, ...fromAnswerer], fromUs, untilUs),
    }
  }

  #hasStrays(
    { callId }: AnalysedCall,
    lines: readonly AgreedLine[],
    own: readonly AnalysedStream[],
    fromUs: number,
    untilUs: number,
  ): boolean {
    this.#toward ??= byDestination(this.#streams)
    if (this.#toward.size === 0) return false
    const ends = new Set([
      ...lines.flatMap(({ offer, answer }) => [offer, answer].flatMap(endpointOf)),
      ...own.map(({ report }) => report.src),
    ])
    const known = new Set(own)
    for (const end of ends) {
      const begun = lastBegun(this.#toward.get(end) ?? NO_STREAMS, untilUs, MOST_TOWARD, startOf)
      const loose = begun.filter((one) => one.lastAt.timeUs >= fromUs && !known.has(one))
      // Of a bundle one transport carries several lines, and each stream is of one of them.
      if (loose.some(({ report }) => report.callId !== callId || report.mediaIndex === lines[0].index)) return true
    }
    return false
  }
}

/** Media follows a new offer within this time. */
const FOLLOWS_US = 2_000_000

function describedIn(lines: readonly AgreedLine[], party: 'offerer' | 'answerer', atUs: number): AgreedLine['offer'] {
  const [{ offerAt }] = lines
  const line = lines.findLast((one) => one.offerAt.at.timeUs <= atUs + FOLLOWS_US) ?? lines[0]
  const isSwapped = line.offerAt.source.address !== offerAt.source.address
  return (party === 'offerer') === isSwapped ? line.answer : line.offer
}

const NO_MEDIA: readonly CallMedia[] = []
const NO_STREAMS: readonly AnalysedStream[] = []

/** RTP by where it goes, in the order of its beginnings. */
function byDestination(streams: readonly AnalysedStream[]): ReadonlyMap<string, readonly AnalysedStream[]> {
  const rtp = streams.filter(({ report }) => report.kind === 'rtp').sort((a, b) => startOf(a) - startOf(b))
  return groupedBy(rtp, ({ report }) => report.dst)
}

/** Streams toward one end that are looked at: thousands of calls may share it. */
const MOST_TOWARD = 256

function startOf({ firstAt }: AnalysedStream): number {
  return firstAt.timeUs
}

/** The RTP among a call's streams that its lines of one hop name. */
function streamsOf(streams: readonly AnalysedStream[], lines: readonly AgreedLine[]): readonly AnalysedStream[] {
  const { index, exchangeIndex } = lines[0]
  const renegotiated = lines.length > 1 ? new Set(lines.map((line) => line.exchangeIndex)) : undefined
  return streams.filter(
    ({ report, lines: own }) =>
      report.kind === 'rtp' &&
      report.mediaIndex === index &&
      own.some(({ exchange }) => exchange === exchangeIndex || renegotiated?.has(exchange)),
  )
}

/**
 * Who sends, as seen by the first exchange: a re-INVITE of the other side swaps offerer and answerer.
 */
function senderOf(
  { report, source, destination }: AnalysedStream,
  lines: readonly AgreedLine[],
): 'offerer' | 'answerer' {
  const { offer, answer, offerAt, answerAt } = lines[0]
  for (const line of lines) {
    const isSwapped = line.offerAt.source.address !== offerAt.source.address
    const first = isSwapped ? line.answer : line.offer
    const second = isSwapped ? line.offer : line.answer
    if (destination.address === second.connectionAddress && destination.port === second.port) return 'offerer'
    if (destination.address === first.connectionAddress && destination.port === first.port) return 'answerer'
    if (source.address === first.connectionAddress && source.port === first.port) return 'offerer'
    if (source.address === second.connectionAddress && source.port === second.port) return 'answerer'
  }
  if (source.address === offerAt.source.address && source.port === offer.port) return 'offerer'
  if (source.address === answerAt.source.address && source.port === answer.port) return 'answerer'
  return report.sender ?? 'offerer'
}

/** What an answered exchange makes of a line. */
interface Turn {
  readonly offeredUs: number
  readonly answeredUs: number
  readonly isActive: boolean
}

/**
 * The agreements of a line in their order, and what ended it in between: port 0, or another protocol in its place as fax has
 * (RFC 3264 §8.2, RFC 3362).
 */
function turnsOf({ exchanges }: AnalysedCall, lines: readonly AgreedLine[]): readonly Turn[] {
  const [{ index, exchangeIndex }] = lines
  // Each exchange from the first on agrees on it, as in nearly all calls.
  if (exchanges.length - exchangeIndex === lines.length) return lines.map(turnOf)
  const hop = hopOf(lines[0].offerAt)
  const agreed = new Map(lines.map((line) => [line.exchange, line]))
  return exchanges.slice(exchangeIndex).flatMap((exchange) => {
    const line = agreed.get(exchange)
    const { session, offer } = exchange
    const answer = exchange.answers.at(-1)
    if (answer === undefined || session.outcome !== 'answered') return []
    const isOver = line === undefined && hopOf(offer) === hop && isClosed(offer.media[index], answer.media[index])
    if (line !== undefined) return [turnOf(line)]
    return isOver ? [{ offeredUs: offer.at.timeUs, answeredUs: answer.at.timeUs, isActive: false }] : []
  })
}

function turnOf(line: AgreedLine): Turn {
  return {
    offeredUs: line.offerAt.at.timeUs,
    answeredUs: line.answerAt.at.timeUs,
    isActive: !isHeld(line.offer) && !isHeld(line.answer),
  }
}

function isClosed(offer: DescribedMedia | undefined, answer: DescribedMedia | undefined): boolean {
  if (offer === undefined || answer === undefined || offer.isCut || answer.isCut) return false
  return offer.rejected || answer.rejected || !isRtp(answer)
}

/** A hold begins with its offer and ends with the answer that takes it back. */
function activePeriods(turns: readonly Turn[], fromUs: number, untilUs: number): Period[] {
  const periods: Period[] = []
  let since: number | undefined = fromUs
  for (const { offeredUs, answeredUs, isActive } of turns) {
    if (isActive) since ??= Math.max(fromUs, answeredUs)
    else if (since !== undefined) {
      const heldUs = Math.min(offeredUs, untilUs)
      if (heldUs > since) periods.push({ fromUs: since, untilUs: heldUs })
      since = undefined
    }
  }
  if (since !== undefined && untilUs > since) periods.push({ fromUs: since, untilUs })
  return periods
}

function endpointOf({ connectionAddress, port }: DescribedMedia): string[] {
  return connectionAddress === undefined ? [] : [formatEndpoint({ address: connectionAddress, port })]
}

function byHop(lines: readonly AgreedLine[]): readonly (readonly AgreedLine[])[] {
  if (lines.length < 2) return lines.length === 0 ? [] : [lines]
  return [...groupedBy(lines, ({ index, offerAt }) => `${index} ${hopOf(offerAt)}`).values()]
}
