import type { AnalysedCall, AnalysedStream, TraceFacts } from '../model/analysis.ts'
import type { Policy } from '../policy/policy.ts'
import { type AgreedLine, agreedLines, asksForSecurity, carriesKeying, firstOf, isSecure } from './agreement.ts'

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
  /** The protected line that it stands beside or behind. */
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

/** Judges the m= lines of calls that were agreed to be plain, each by itself: by line and leg, not by call. */
export class PlainLines {
  /** By call, then by exchange and m= line. */
  readonly #seen = new Map<number, Map<string, Seen>>()
  readonly #required: boolean

  constructor({ streams }: TraceFacts, { srtp }: Policy) {
    this.#required = srtp?.required ?? false
    for (const stream of streams) this.#take(stream)
  }

  #take({ call, lines, report, dtlsOnFlow, zrtpOnFlow }: AnalysedStream): void {
    if (call === undefined) return
    const ofCall = this.#seen.get(call) ?? new Map<string, Seen>()
    this.#seen.set(call, ofCall)
    for (const { exchange, index } of lines) {
      const name = `${exchange} ${index}`
      const seen = ofCall.get(name) ?? { ...NOTHING }
      ofCall.set(name, seen)
      if (dtlsOnFlow || zrtpOnFlow) seen.keyedOnFlow = true
      if (report.kind !== 'rtp') continue
      seen.rtp = true
      if (report.protection === 'srtp') seen.srtp = true
      if (report.plain > 0) seen.plainRtp = true
    }
  }

  /** Those of a call, each leg and m= line once; repetitions by session refreshes and proxies are left out. */
  of(call: AnalysedCall, index: number): readonly PlainLine[] {
    const lines = agreedLines(call)
    const plain = lines.filter(({ answer }) => !carriesKeying(answer) && !isSecure(answer))
    if (plain.length === 0) return plain as []
    const ofCall = this.#seen.get(index)
    const seenOf = (line: AgreedLine) => seenOfLine(ofCall, call, line)
    const judged = plain.flatMap((line): PlainLine[] => {
      const seen = seenOf(line)
      if (seen.keyedOnFlow) return []
      const leak = leakOf(line, lines, (other) => seen.plainRtp && seenOf(other).keyedOnFlow)
      if (leak !== undefined) return [{ line, ...leak }]
      if (seen.srtp) return []
      return [this.#required ? { line, reason: 'policy' } : { line }]
    })
    const named = firstOf(judged, ({ line, reason }) => `${reason} ${line.index} ${hostsOf(line)}`)
    return firstOf(named, ({ line, reason }) => `${reason} ${line.index} ${mediaHostsOf(line)}`)
  }
}

/** ZRTP keys all media of a session by one exchange (RFC 6189 §4.4.3): a line without packets is as its neighbours are. */
function seenOfLine(ofCall: ReadonlyMap<string, Seen> | undefined, call: AnalysedCall, line: AgreedLine): Seen {
  if (ofCall === undefined) return NOTHING
  const exchange = call.exchanges.indexOf(line.exchange)
  const own = ofCall.get(`${exchange} ${line.index}`) ?? NOTHING
  if (own.rtp || own.keyedOnFlow) return own
  const keyedOnFlow = line.exchange.offer.media.some((_, n) => ofCall.get(`${exchange} ${n}`)?.keyedOnFlow)
  return keyedOnFlow ? { ...own, keyedOnFlow } : own
}

/** @param isKeyedBeside packets of the plain line were seen, and those of this one are keyed on their flow */
function leakOf(
  line: AgreedLine,
  lines: readonly AgreedLine[],
  isKeyedBeside: (other: AgreedLine) => boolean,
): { reason: LeakReason; secured?: AgreedLine } | undefined {
  const { offer, offerAt, exchange } = line
  if (asksForSecurity(offer)) return { reason: isSecure(offer) ? 'negotiated' : 'declined' }
  if (offersSecureTwin(exchange, offer)) return { reason: 'negotiated' }
  const hosts = hostsOf(line)
  const before = lines.find(
    (other) =>
      other.index === line.index &&
      carriesKeying(other.answer) &&
      hostsOf(other) === hosts &&
      other.offerAt.at.position < offerAt.at.position,
  )
  if (before !== undefined) return { reason: 'given-up', secured: before }
  const beside = lines.find(
    (other) =>
      other.offer.kind === offer.kind &&
      hostsOf(other) !== hosts &&
      (carriesKeying(other.answer) || isKeyedBeside(other)),
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

/** The two hosts of a hop, whoever made the offer. */
function hostsOf({ offerAt: { source, destination } }: AgreedLine): string {
  return [source.address, destination.address].sort().join(' ')
}

/** The two hosts that the media goes between: a proxy that stays out of it makes no leg of its own. */
function mediaHostsOf(line: AgreedLine): string {
  const { offer, answer } = line
  if (offer.connectionAddress === undefined || answer.connectionAddress === undefined) return hostsOf(line)
  return [offer.connectionAddress, answer.connectionAddress].sort().join(' ')
}
