import type { AnalysedCall, AnalysedStream, Analysis } from '../model/analysis.ts'
import { type AgreedLine, agreedLines } from './agreement.ts'

/** A call that was answered and ran, one of its agreed m= lines, and what was seen of it in each direction. */
export interface CallMedia {
  readonly call: AnalysedCall
  readonly line: AgreedLine
  /** From the answer to the BYE, or to the last that was seen of the call. */
  readonly fromUs: number
  readonly untilUs: number
  readonly fromOfferer: readonly AnalysedStream[]
  readonly fromAnswerer: readonly AnalysedStream[]
  /** The m= line was ever described otherwise than sendrecv, or held: a silent side may be meant. */
  readonly held: boolean
}

/** The m= lines of every established call: one for each hop and line, renegotiations joined. */
export function callMedia(analysis: Analysis): CallMedia[] {
  const streamsOf = new Map<number, AnalysedStream[]>()
  for (const stream of analysis.streams) {
    if (stream.call === undefined || stream.report.kind !== 'rtp') continue
    const known = streamsOf.get(stream.call)
    if (known === undefined) streamsOf.set(stream.call, [stream])
    else known.push(stream)
  }
  return analysis.calls.flatMap((call, index) => {
    if (call.answerUs === undefined || (call.report.state !== 'completed' && call.report.state !== 'established'))
      return []
    const streams = streamsOf.get(index) ?? []
    const fromUs = call.answerUs
    const untilUs = Math.max(call.endUs ?? call.lastUs, fromUs)
    return byHop(agreedLines(call)).map((lines): CallMedia => {
      const line = lines[0]
      const exchanges = new Set(lines.map(({ exchange }) => call.exchanges.indexOf(exchange)))
      const own = streams.filter(
        ({ report, exchanges: named }) => report.mediaIndex === line.index && named.some((one) => exchanges.has(one)),
      )
      const held = lines.some(({ offer, answer }) =>
        [offer, answer].some((side) => side.direction !== 'sendrecv' || isHeld(side.connectionAddress)),
      )
      return {
        call,
        line,
        fromUs,
        untilUs: Math.max(untilUs, ...(call.endUs === undefined ? own.map(({ lastAt }) => lastAt.timeUs) : [])),
        fromOfferer: own.filter((stream) => senderOf(stream, lines) === 'offerer'),
        fromAnswerer: own.filter((stream) => senderOf(stream, lines) === 'answerer'),
        held,
      }
    })
  })
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

/** RFC 3264 §8.4 and its forerunner: an unspecified address means hold. */
function isHeld(address: string | undefined): boolean {
  return address === '0.0.0.0' || address === '::'
}

function byHop(lines: readonly AgreedLine[]): AgreedLine[][] {
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
