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
  /** When both sides were to be heard: neither held (RFC 3264 §8.4), nor one of them referred elsewhere. In order of time. */
  readonly active: readonly Period[]
  /** RTP toward an end of the line while it ran, bound to no call or to another: calls that share ports lose streams so. */
  readonly strays: readonly AnalysedStream[]
}

/** The RTP streams of a trace, found by call and by where they go. */
export class MediaOfCalls {
  readonly #ofCall: ReadonlyMap<number | undefined, readonly AnalysedStream[]>
  readonly #toward: ReadonlyMap<string, readonly AnalysedStream[]>

  constructor({ streams }: TraceFacts) {
    const rtp = streams.filter(({ report }) => report.kind === 'rtp')
    this.#ofCall = grouped(rtp, ({ call }) => call)
    this.#toward = grouped(
      [...rtp].sort((a, b) => a.firstAt.timeUs - b.firstAt.timeUs),
      ({ report }) => report.dst,
    )
  }

  /** The m= lines of an established call: one for each hop and line, renegotiations joined. */
  of(call: AnalysedCall, index: number): CallMedia[] {
    if (call.answerUs === undefined || (call.state !== 'completed' && call.state !== 'established')) return []
    const streams = this.#ofCall.get(index) ?? []
    const fromUs = call.answerUs
    const untilUs = Math.max(call.endUs ?? call.lastUs, fromUs)
    return byHop(agreedLines(call)).map((lines) => this.#ofHop(call, lines, streams, fromUs, untilUs))
  }

  #ofHop(
    call: AnalysedCall,
    lines: readonly AgreedLine[],
    streams: readonly AnalysedStream[],
    fromUs: number,
    untilUs: number,
  ): CallMedia {
    const line = lines[0]
    const own = streams.length === 0 ? NONE : streamsOf(streams, call, lines)
    const until = Math.max(untilUs, ...(call.endUs === undefined ? own.map(({ lastAt }) => lastAt.timeUs) : []))
    return {
      call,
      line,
      fromUs,
      untilUs: until,
      fromOfferer: own.filter((stream) => senderOf(stream, lines) === 'offerer'),
      fromAnswerer: own.filter((stream) => senderOf(stream, lines) === 'answerer'),
      active: activePeriods(lines, fromUs, Math.min(until, call.referUs ?? until)),
      strays: this.#toward.size === 0 ? NONE : this.#straysOf(lines, own, fromUs, until),
    }
  }

  #straysOf(
    lines: readonly AgreedLine[],
    own: readonly AnalysedStream[],
    fromUs: number,
    untilUs: number,
  ): AnalysedStream[] {
    const ends = new Set([
      ...lines.flatMap(({ offer, answer }) => [offer, answer].flatMap(endpointOf)),
      ...own.map(({ report }) => report.src),
    ])
    const known = new Set(own)
    return [...ends]
      .flatMap((end) => begunBy(this.#toward.get(end) ?? NONE, untilUs))
      .filter((one) => !known.has(one) && one.lastAt.timeUs >= fromUs)
  }
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

const NONE: readonly AnalysedStream[] = []

/** Those of a call's streams that its lines of one hop name. */
function streamsOf(
  streams: readonly AnalysedStream[],
  call: AnalysedCall,
  lines: readonly AgreedLine[],
): readonly AnalysedStream[] {
  const exchanges = new Set(lines.map(({ exchange }) => call.exchanges.indexOf(exchange)))
  return streams.filter(
    ({ report, exchanges: named }) => report.mediaIndex === lines[0].index && named.some((one) => exchanges.has(one)),
  )
}

/**
 * Who sends, as seen by the first exchange: a re-INVITE of the other side swaps offerer and answerer.
 */
function senderOf(
  { report, source, destination }: AnalysedStream,
  lines: readonly AgreedLine[],
): 'offerer' | 'answerer' {
  const [{ offer, answer, offerAt, answerAt }] = lines
  for (const line of lines) {
    const swapped = line.offerAt.source.address !== offerAt.source.address
    const [first, second] = swapped ? [line.answer, line.offer] : [line.offer, line.answer]
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
      periods.push({ fromUs: since, untilUs: Math.min(line.offerAt.at.timeUs, untilUs) })
      since = undefined
    }
  }
  if (since !== undefined) periods.push({ fromUs: since, untilUs })
  return periods.filter((period) => period.untilUs > period.fromUs)
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

function grouped<K>(
  streams: readonly AnalysedStream[],
  keyOf: (stream: AnalysedStream) => K,
): Map<K, AnalysedStream[]> {
  const groups = new Map<K, AnalysedStream[]>()
  for (const stream of streams) {
    const known = groups.get(keyOf(stream))
    if (known === undefined) groups.set(keyOf(stream), [stream])
    else known.push(stream)
  }
  return groups
}

function byHop(lines: readonly AgreedLine[]): readonly (readonly AgreedLine[])[] {
  if (lines.length < 2) return lines.map((line) => [line])
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
