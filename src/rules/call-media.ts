import { formatEndpoint } from '../bytes/endpoint.ts'
import type { AnalysedCall, AnalysedStream, DescribedMedia, TraceFacts } from '../model/analysis.ts'
import { type AgreedLine, agreedLines } from './agreement.ts'

/** From and until, µs since 1970. */
export interface Period {
  readonly fromUs: number
  readonly untilUs: number
}

/** A call that was answered and ran, one of its agreed m= lines, and what was seen of it in each direction. */
export interface CallMedia {
  readonly call: AnalysedCall
  readonly line: AgreedLine
  /** From the answer to the BYE, or to the last that was seen of the call. */
  readonly fromUs: number
  readonly untilUs: number
  readonly fromOfferer: readonly AnalysedStream[]
  readonly fromAnswerer: readonly AnalysedStream[]
  /** What else was seen of the call, on this line and others. */
  readonly ofCall: readonly AnalysedStream[]
  /** When both sides were to be heard: neither held (RFC 3264 §8.4), nor one of them referred elsewhere. In order of time. */
  readonly active: () => readonly Period[]
  /**
   * Whether RTP went toward an end of the line while it ran, bound to no call or to another: calls that share ports lose
   * streams so.
   */
  readonly hasStrays: () => boolean
}

/** The RTP streams of a trace, as the media of its calls. */
export class MediaOfCalls {
  readonly #streams: readonly AnalysedStream[]
  #toward: ReadonlyMap<string, readonly AnalysedStream[]> | undefined

  constructor({ streams }: TraceFacts) {
    this.#streams = streams
  }

  /**
   * The m= lines of an established call: one for each hop and line, renegotiations joined.
   *
   * @param streams those that the call owns
   */
  of(call: AnalysedCall, streams: readonly AnalysedStream[]): readonly CallMedia[] {
    if (call.answerUs === undefined || (call.state !== 'completed' && call.state !== 'established')) return NO_MEDIA
    const fromUs = call.answerUs
    const untilUs = Math.max(call.endUs ?? call.lastUs, fromUs)
    return byHop(agreedLines(call)).map((lines) => this.#ofHop(call, lines, streams, fromUs, untilUs))
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
      fromUs,
      untilUs,
      fromOfferer,
      fromAnswerer,
      ofCall: streams,
      active: () => activePeriods(lines, fromUs, Math.min(untilUs, call.referUs ?? untilUs)),
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
      const begun = begunBy(this.#toward.get(end) ?? NO_STREAMS, untilUs)
      const loose = begun.filter((one) => one.lastAt.timeUs >= fromUs && !known.has(one))
      // Of a bundle one transport carries several lines, and each stream is of one of them.
      if (loose.some(({ report }) => report.callId !== callId || report.mediaIndex === lines[0].index)) return true
    }
    return false
  }
}

const NO_MEDIA: readonly CallMedia[] = []
const NO_STREAMS: readonly AnalysedStream[] = []

/** RTP by where it goes, in the order of its beginnings. */
function byDestination(streams: readonly AnalysedStream[]): ReadonlyMap<string, readonly AnalysedStream[]> {
  const toward = new Map<string, AnalysedStream[]>()
  const rtp = streams.filter(({ report }) => report.kind === 'rtp')
  for (const stream of rtp.sort((a, b) => a.firstAt.timeUs - b.firstAt.timeUs)) {
    const known = toward.get(stream.report.dst)
    if (known === undefined) toward.set(stream.report.dst, [stream])
    else known.push(stream)
  }
  return toward
}

/** Streams toward one end that are looked at: thousands of calls may share it. */
const MOST_TOWARD = 256

/** The last streams of a list, in the order of their beginnings, that had begun by a time. */
function begunBy(streams: readonly AnalysedStream[], timeUs: number): readonly AnalysedStream[] {
  let [from, to] = [0, streams.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (streams[middle].firstAt.timeUs <= timeUs) from = middle + 1
    else to = middle
  }
  return streams.slice(Math.max(0, from - MOST_TOWARD), from)
}

/** The RTP among a call's streams that its lines of one hop name. */
function streamsOf(streams: readonly AnalysedStream[], lines: readonly AgreedLine[]): readonly AnalysedStream[] {
  const { index, exchangeIndex } = lines[0]
  const renegotiated = lines.length > 1 ? new Set(lines.map((line) => line.exchangeIndex)) : undefined
  return streams.filter(
    ({ report, exchanges }) =>
      report.kind === 'rtp' &&
      report.mediaIndex === index &&
      exchanges.some((one) => one === exchangeIndex || renegotiated?.has(one)),
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

/** A hold begins with its offer and ends with the answer that takes it back. */
function activePeriods(lines: readonly AgreedLine[], fromUs: number, untilUs: number): Period[] {
  const periods: Period[] = []
  let since: number | undefined = fromUs
  for (const line of lines) {
    if (!isHeld(line)) since ??= Math.max(fromUs, line.answerAt.at.timeUs)
    else if (since !== undefined) {
      const heldUs = Math.min(line.offerAt.at.timeUs, untilUs)
      if (heldUs > since) periods.push({ fromUs: since, untilUs: heldUs })
      since = undefined
    }
  }
  if (since !== undefined && untilUs > since) periods.push({ fromUs: since, untilUs })
  return periods
}

/** Not sendrecv (RFC 3264 §8.4), or its forerunner: an unspecified address. */
function isHeld({ offer, answer }: AgreedLine): boolean {
  return isHeldSide(offer) || isHeldSide(answer)
}

function isHeldSide({ direction, connectionAddress: at }: DescribedMedia): boolean {
  return direction !== 'sendrecv' || at === '0.0.0.0' || at === '::'
}

function endpointOf({ connectionAddress, port }: DescribedMedia): string[] {
  return connectionAddress === undefined ? [] : [formatEndpoint({ address: connectionAddress, port })]
}

function byHop(lines: readonly AgreedLine[]): readonly (readonly AgreedLine[])[] {
  if (lines.length < 2) return lines.length === 0 ? [] : [lines]
  const hops = new Map<string, AgreedLine[]>()
  for (const line of lines) {
    const ends = [line.offerAt.source.address, line.offerAt.destination.address].sort().join(' ')
    const key = `${line.index} ${ends}`
    const known = hops.get(key)
    if (known === undefined) hops.set(key, [line])
    else known.push(line)
  }
  return [...hops.values()]
}
