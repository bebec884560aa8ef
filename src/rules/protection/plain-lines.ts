import type { AnalysedCall, AnalysedStream } from '../../model/analysis.ts'
import type { Policy } from '../../policy/policy.ts'
import {
  type AgreedLine,
  agreedLines,
  asksForSecurity,
  carriesKeying,
  firstOf,
  isProtected,
  isSecure,
} from '../agreement.ts'
import { hopOf } from '../hop-of.ts'

/**
 * Why a line that was agreed to be plain should not be: `negotiated` and `declined` by its own offer, `given-up` where
 * the same line of the same leg was protected before, `other-leg` where another leg of the call protects that medium,
 * `policy` where nobody asked but the policy does.
 */
export type LeakReason = 'negotiated' | 'declined' | 'given-up' | 'other-leg' | 'policy'

/** An m= line that was agreed to be RTP/AVP(F) without keying, and that is not keyed on its flow. */
export interface PlainLine {
  readonly line: AgreedLine
  /** Absent where nobody asked for more. */
  readonly reason?: LeakReason
  /** The protected line that it stands beside or behind; of early media, what protects it afterwards. */
  readonly secured?: AgreedLine
}

/** What was seen of the streams of one m= line of an exchange. */
interface Seen {
  rtp: boolean
  plainRtp: boolean
  srtp: boolean
  keyedOnFlow: boolean
}

const NOTHING: Readonly<Seen> = { rtp: false, plainRtp: false, srtp: false, keyedOnFlow: false }

/**
 * The m= lines of a call that were agreed to be plain, each judged by itself: by line and leg, not by call. Each leg and m=
 * line once; repetitions by session refreshes and proxies are left out.
 *
 * @param streams those that the call owns
 */
export function plainLinesOf(
  call: AnalysedCall,
  streams: readonly AnalysedStream[],
  { srtp }: Policy,
): readonly PlainLine[] {
  const lines = agreedLines(call)
  const early = lines.flatMap(plainBefore)
  if (early.length === 0 && !lines.some(isPlain)) return NO_LINES
  const seen = seenByLine(streams)
  const ofEarlyMedia = early.filter(({ line }) => seenOfLine(seen, line).plainRtp)
  const judged = lines.filter(isPlain).flatMap((line): PlainLine[] => {
    const own = seenOfLine(seen, line)
    if (own.keyedOnFlow) return []
    const leak = leakOf(line, lines, (other) => own.plainRtp && seenOfLine(seen, other).keyedOnFlow)
    if (leak !== undefined) return [{ line, ...leak }]
    if (own.srtp) return []
    // Who answers with keys means to protect: what came of it shows in the packets alone.
    if (carriesKeying(line.answer) && !own.plainRtp) return []
    return [srtp?.required ? { line, reason: 'policy' } : { line }]
  })
  return [ofEarlyMedia, judged].flatMap(onceEach)
}

/** Each reason once for a line and its hop, and for the hosts of its media. */
function onceEach(found: readonly PlainLine[]): readonly PlainLine[] {
  const named = firstOf(found, ({ line, reason }) => `${reason} ${line.index} ${hopOf(line.offerAt)}`)
  return firstOf(named, ({ line, reason }) => `${reason} ${line.index} ${mediaHostsOf(line)}`)
}

const NO_LINES: readonly PlainLine[] = []

function isPlain(line: AgreedLine): boolean {
  return !isProtected(line)
}

/** What a 183 answered in the clear to an offer that asks for more, where the 200 behind it protects the line. */
function plainBefore(line: AgreedLine): PlainLine[] {
  const { exchange, offer, index } = line
  if (exchange.answers.length < 2 || isPlain(line) || !asksForSecurity(offer)) return []
  return exchange.answers.slice(0, -1).flatMap((answerAt) => {
    const answer = answerAt.media[index]
    if (answer === undefined || answer.rejected || answer.isCut || isProtected({ offer, answer })) return []
    return [{ line: { ...line, answer, answerAt }, reason: reasonOf(offer), secured: line }]
  })
}

/** By its own offer. */
function reasonOf(offer: AgreedLine['offer']): LeakReason {
  return isSecure(offer) ? 'negotiated' : 'declined'
}

/** By exchange and m= line. */
function seenByLine(streams: readonly AnalysedStream[]): ReadonlyMap<string, Seen> {
  const seen = new Map<string, Seen>()
  for (const { lines, report, dtlsOnFlow, zrtpOnFlow } of streams) {
    for (const { exchange, index } of lines) {
      const name = `${exchange} ${index}`
      const ofLine = seen.get(name) ?? { ...NOTHING }
      seen.set(name, ofLine)
      // A handshake that came to nothing leaves the media in the clear: a side that speaks ZRTP says Hello to any other.
      if ((dtlsOnFlow || zrtpOnFlow) && report.protection !== 'plain') ofLine.keyedOnFlow = true
      if (report.kind !== 'rtp') continue
      ofLine.rtp = true
      if (report.protection === 'srtp') ofLine.srtp = true
      if (report.plain > 0) ofLine.plainRtp = true
    }
  }
  return seen
}

/** ZRTP keys all media of a session by one exchange (RFC 6189 §4.4.3): a line without packets is as its neighbours are. */
function seenOfLine(
  seen: ReadonlyMap<string, Readonly<Seen>>,
  { exchange, exchangeIndex, index }: AgreedLine,
): Readonly<Seen> {
  const own = seen.get(`${exchangeIndex} ${index}`) ?? NOTHING
  if (seen.size === 0 || own.rtp || own.keyedOnFlow) return own
  const keyedOnFlow = exchange.offer.media.some((_, n) => seen.get(`${exchangeIndex} ${n}`)?.keyedOnFlow)
  return keyedOnFlow ? { ...own, keyedOnFlow } : own
}

/** @param isKeyedBeside packets of the plain line were seen, and those of this one are keyed on their flow */
function leakOf(
  line: AgreedLine,
  lines: readonly AgreedLine[],
  isKeyedBeside: (other: AgreedLine) => boolean,
): { reason: LeakReason; secured?: AgreedLine } | undefined {
  const { offer, offerAt, exchange } = line
  if (asksForSecurity(offer)) return { reason: reasonOf(offer) }
  if (offersSecureTwin(exchange, offer)) return { reason: 'negotiated' }
  const hosts = hopOf(line.offerAt)
  const before = lines.find(
    (other) =>
      other.index === line.index &&
      isProtected(other) &&
      hopOf(other.offerAt) === hosts &&
      other.offerAt.at.position < offerAt.at.position,
  )
  if (before !== undefined) return { reason: 'given-up', secured: before }
  const beside = lines.find(
    (other) =>
      other.offer.kind === offer.kind && hopOf(other.offerAt) !== hosts && (isProtected(other) || isKeyedBeside(other)),
  )
  return beside === undefined ? undefined : { reason: 'other-leg', secured: beside }
}

/** Two m= lines for one medium, one that asks for protection and one plain: the answerer took the plain one. */
function offersSecureTwin({ offer, answers }: AgreedLine['exchange'], taken: AgreedLine['offer']): boolean {
  const answered = answers.at(-1)?.media
  return offer.media.some(
    (other) =>
      other.index !== taken.index &&
      other.kind === taken.kind &&
      asksForSecurity(other) &&
      !other.rejected &&
      answered?.[other.index]?.rejected !== false,
  )
}

/** The two hosts that the media goes between: a proxy that stays out of it makes no leg of its own. */
function mediaHostsOf(line: AgreedLine): string {
  const { offer, answer } = line
  if (offer.connectionAddress === undefined || answer.connectionAddress === undefined) return hopOf(line.offerAt)
  return [offer.connectionAddress, answer.connectionAddress].sort().join(' ')
}
