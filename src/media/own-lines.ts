import { Remembered } from '../bytes/remembered.ts'
import { currentAnswer } from '../sdp/exchange.ts'
import type { BoundLine } from './binding.ts'
import { mediaOf, type Side } from './media-line.ts'

/** What tells apart the streams that come through one transport. */
export interface StreamMarks {
  readonly ssrc: number
  /** Of its RTP; none where they are not known. */
  readonly payloadTypes: readonly number[]
}

/**
 * Of the m= lines that fit a stream by its addresses those that it is of: several of one exchange may share a transport
 * (BUNDLE, or a secure and a plain line on one port). It is of none that the answer rejects (RFC 3264 §6), and of those
 * that name its SSRC, else of those that list its payload types (RFC 9143 §9.2). What tells nothing leaves all.
 */
export function ownLines(lines: readonly BoundLine[], marks: StreamMarks): readonly BoundLine[] {
  return byExchange(lines, (shared) => ownOf(accepted(shared), marks))
}

/**
 * Without the lines of other protocols that came to the ports of a line of RTP after a stream of it had begun: fax closes the line
 * of audio, and opens one of T.38 beside it (RFC 3362, T.38 Annex D). Where it takes the place of the audio, the line goes on.
 */
function linesOfRtp(lines: readonly BoundLine[], firstPosition: number): readonly BoundLine[] {
  if (lines.length < 2 || lines.every(isOfRtp)) return lines
  const indices = new Set(lines.filter(isOfRtp).map(({ index }) => index))
  if (indices.size === 0) return lines
  return lines.filter((line) => indices.has(line.index) || line.exchange.offer.at.position < firstPosition)
}

/** Lists of lines of which something is kept at a time, and own lines of each of them. */
const MOST_LISTS = 64
const MOST_OWN = 64

/** What follows from lines that many streams share is found once: a call may have thousands of both. */
export class OwnLines {
  readonly #known = new Remembered<readonly BoundLine[], KnownLines>(MOST_LISTS)

  ofRtp(lines: readonly BoundLine[], firstPosition: number): readonly BoundLine[] {
    return lines.length < 2 || this.#of(lines).areOfRtp ? lines : linesOfRtp(lines, firstPosition)
  }

  shareTransport(lines: readonly BoundLine[]): boolean {
    return lines.length > 1 && this.#of(lines).shareTransport
  }

  of(lines: readonly BoundLine[], marks: StreamMarks): readonly BoundLine[] {
    if (!this.shareTransport(lines)) return lines
    const { ssrcs, own } = this.#of(lines)
    if (ssrcs.has(marks.ssrc)) return ownLines(lines, marks)
    return own.of(marks.payloadTypes.join(' '), () => ownLines(lines, marks))
  }

  #of(lines: readonly BoundLine[]): KnownLines {
    return this.#known.of(lines, () => ({
      areOfRtp: lines.every(isOfRtp),
      shareTransport: shareTransport(lines),
      ssrcs: new Set(lines.flatMap((line) => mediaAt(line, line.sender)?.ssrcs ?? [])),
      own: new Remembered(MOST_OWN),
    }))
  }
}

interface KnownLines {
  readonly areOfRtp: boolean
  readonly shareTransport: boolean
  /** That their sender announces: other streams are told apart by payload types alone. */
  readonly ssrcs: ReadonlySet<number>
  /** By payload types. */
  readonly own: Remembered<string, readonly BoundLine[]>
}

/** Whether the m= line is of RTP, or of nobody knows what. */
export function isOfRtp({ exchange, index }: BoundLine): boolean {
  const protocol = mediaOf(exchange.offer, index)?.protocol ?? ''
  return protocol === '' || /(^|\/)RTP\//i.test(protocol)
}

/** Without the lines that the answer rejects, where it takes another one of the same exchange. */
export function acceptedLines(lines: readonly BoundLine[]): readonly BoundLine[] {
  return byExchange(lines, accepted)
}

/** Whether several lines are of one exchange; lines are in the order of their exchanges. */
function shareTransport(lines: readonly BoundLine[]): boolean {
  for (let n = 1; n < lines.length; n++) if (lines[n - 1].exchange === lines[n].exchange) return true
  return false
}

/** Chooses among the lines of each exchange that has several. */
function byExchange(
  lines: readonly BoundLine[],
  choose: (shared: readonly BoundLine[]) => readonly BoundLine[],
): readonly BoundLine[] {
  if (!shareTransport(lines)) return lines
  const chosen: BoundLine[] = []
  for (let n = 0; n < lines.length; ) {
    const begin = n
    while (n < lines.length && lines[n].exchange === lines[begin].exchange) n++
    chosen.push(...choose(lines.slice(begin, n)))
  }
  return chosen
}

function accepted(lines: readonly BoundLine[]): readonly BoundLine[] {
  return those(lines, (line) => mediaAt(line, 'answerer')?.rejected !== true)
}

function ownOf(standing: readonly BoundLine[], { ssrc, payloadTypes }: StreamMarks): readonly BoundLine[] {
  const naming = standing.filter((line) => mediaAt(line, line.sender)?.ssrcs.includes(ssrc))
  if (naming.length > 0) return naming
  return those(standing, (line) => {
    // RFC 3264 §5.1: a party lists what it wants to receive.
    const receiver = mediaAt(line, line.sender === 'offerer' ? 'answerer' : 'offerer') ?? mediaAt(line, line.sender)
    return payloadTypes.some((type) => receiver?.formats.includes(String(type)))
  })
}

/** Those that fit; all where none does. */
function those(lines: readonly BoundLine[], fits: (line: BoundLine) => boolean): readonly BoundLine[] {
  const found = lines.filter(fits)
  return found.length > 0 ? found : lines
}

function mediaAt({ exchange, index }: BoundLine, side: Side) {
  return mediaOf(side === 'offerer' ? exchange.offer : currentAnswer(exchange), index)
}
