import { addToList } from '../../bytes/lists-by-key.ts'
import { Remembered } from '../../bytes/remembered.ts'
import type {
  AnalysedCall,
  AnalysedExchange,
  AnalysedStream,
  DescribedMedia,
  StreamLine,
  TraceFacts,
} from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import { formatClock } from '../../model/time.ts'
import { answeredAt } from '../agreement.ts'
import { hopOf } from '../hop-of.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import { summedUp } from '../summed-up.ts'

const text: RuleText = {
  id: 'media-while-held',
  severity: 'warning',
  title: 'Media is sent that both sides agreed not to send',
  meaning:
    'Offer and answer say that one side sends nothing (a=inactive, or a=recvonly to the a=sendonly of its peer: it is on ' +
    'hold), and its RTP goes on. Whoever is on hold takes the microphone for closed; a recorder, a music server or the ' +
    'path may still hear the room.',
  shows:
    'More RTP of a sender than fits into the time in which it might send: more than 3 s of it, from 2 s after the answer ' +
    'on. Packets half a second or more apart, which keep a NAT open, are not counted. What is in the packets, speech or ' +
    'silence, is not known.',
  causes: [
    'a phone or a gateway that takes a=inactive or a=sendonly for a matter of its display',
    'an SBC or a B2BUA that answers the hold by itself and does not tell the other leg',
    'a media server that goes on with music or an announcement on a leg that is inactive',
  ],
  remedy:
    'Have the named sender stop when it is held; where an SBC answers for it, have that pass the direction on, or drop the ' +
    'media meanwhile.',
  references: ['RFC 3264 §5.1', 'RFC 3264 §6.1', 'RFC 3264 §8.4'],
}

/** What is under way, and who takes its time. */
const GRACE_US = 2_000_000
/** A change of clocks, of SSRC or of what counts as talk is worth less. */
const LEAST_US = 3_000_000
/** Lists of lines whose holds are kept at a time: thousands of streams may share one. */
const MOST_LISTS = 64

export const mediaWhileHeld = defineRule(text, (trace) => {
  const found: HeldStream[] = []
  return {
    call: (call, _, streams) => {
      // Captures may have clocks of their own.
      if (!trace.severalCaptures && call.exchanges.some(({ renegotiates }) => renegotiates)) {
        const known = new Remembered<AnalysedStream['lines'], readonly Hold[]>(MOST_LISTS)
        for (const stream of streams) {
          const holds = () => known.of(stream.lines, () => holdsOf(call, stream.lines))
          const held = stream.report.kind === 'rtp' ? heldOf(stream, holds) : undefined
          if (held !== undefined) found.push({ stream, held })
        }
      }
      return []
    },
    end: () =>
      summedUp(
        found,
        (one) => describe(trace, one),
        (rest) =>
          finding(text, trace, {
            detail: `${rest.length} more streams go on while their senders are to send nothing.`,
            at: rest.map(({ stream }) => stream.firstAt),
            evidence: { streams: rest.length },
          }),
      ),
  }
})

interface HeldStream {
  readonly stream: AnalysedStream
  readonly held: Held
}

function describe(trace: TraceFacts, { stream, held }: HeldStream): Finding {
  const { report, lastAt } = stream
  const { exchange, own, sentUs } = held
  const answerAt = answeredAt(exchange)
  const seconds = Math.floor(sentUs / 1e6)
  return finding(text, trace, {
    detail:
      `${report.src} sends at least ${seconds} s of RTP to ${report.dst} while it is to send none: it is a=${own} ` +
      `since ${formatClock(answerAt.timeUs)} (offer in frame ${exchange.offer.at.frame}, answer in frame ${answerAt.frame}).`,
    callId: report.callId,
    streamId: report.id,
    at: [exchange.offer.at, answerAt, lastAt],
    evidence: { secondsSent: seconds, direction: own, ssrc: report.ssrc },
  })
}

/** A time in which a stream's sender was to send nothing, and how much it sent in all of these at least. */
interface Held {
  readonly exchange: AnalysedExchange
  readonly own: DescribedMedia['direction']
  readonly sentUs: number
}

/**
 * What is known of a stream in time is when it began and ended, and how long it was heard. What was heard longer than the
 * rest of that time lasted was heard on hold.
 */
function heldOf({ report, firstAt, lastAt }: AnalysedStream, holdsOfLines: () => readonly Hold[]): Held | undefined {
  if (report.talkSeconds === undefined) return undefined
  const holds = inBoth(holdsOfLines(), [{ fromUs: firstAt.timeUs, untilUs: lastAt.timeUs }])
  if (holds.length === 0) return undefined
  const heldUs = holds.reduce((sum, { fromUs, untilUs }) => sum + untilUs - fromUs, 0)
  const sentUs = report.talkSeconds * 1e6 - (lastAt.timeUs - firstAt.timeUs - heldUs)
  const [{ exchange, own }] = holds
  return sentUs < LEAST_US ? undefined : { exchange, own, sentUs: Math.min(sentUs, heldUs) }
}

/** An exchange of a call, and the line of it that a stream is of. */
interface Turn {
  readonly exchange: AnalysedExchange
  readonly line: StreamLine | undefined
}

interface Span {
  readonly fromUs: number
  readonly untilUs: number
}

/** A hold of the sender of streams. */
interface Hold extends Omit<Held, 'sentUs'>, Span {}

/** The holds of the streams that lines are of: those on every hop. */
function holdsOf(call: AnalysedCall, lines: AnalysedStream['lines']): readonly Hold[] {
  const [holds = [], ...onOtherHops] = hopsOf(call, lines).map((hop) => holdsOn(hop, call))
  return onOtherHops.reduce(inBoth, holds)
}

/** The exchanges of each hop that describes a stream; where a proxy passes descriptions on, these are several. */
function hopsOf(call: AnalysedCall, lines: AnalysedStream['lines']): readonly (readonly Turn[])[] {
  const own = new Map(lines.map((line) => [line.exchange, line]))
  const hops = new Map<string, Turn[]>()
  for (const [index, exchange] of call.exchanges.entries()) {
    addToList(hops, hopOf(exchange.offer), { exchange, line: own.get(index) })
  }
  return [...hops.values()].filter((turns) => turns.some(({ line }) => line !== undefined))
}

function holdsOn(turns: readonly Turn[], { endUs = Infinity }: AnalysedCall): Hold[] {
  return turns.flatMap(({ exchange, line }, n) => {
    const own = line === undefined ? undefined : forbidden(exchange, line)
    if (own === undefined) return []
    const fromUs = answeredAt(exchange).timeUs + GRACE_US
    // Whatever is offered next may give it leave again.
    const untilUs = turns[n + 1]?.exchange.offer.at.timeUs ?? endUs
    return untilUs <= fromUs ? [] : [{ exchange, own, fromUs, untilUs }]
  })
}

/**
 * When a sender was held on one hop and on another: by one of them alone it may have been told otherwise. Both are in the order of
 * time, and there may be hundreds: they meet in one walk.
 */
function inBoth(holds: readonly Hold[], others: readonly Span[]): Hold[] {
  const both: Hold[] = []
  for (let n = 0, m = 0; n < holds.length && m < others.length; ) {
    const [hold, other] = [holds[n], others[m]]
    const [fromUs, untilUs] = [Math.max(hold.fromUs, other.fromUs), Math.min(hold.untilUs, other.untilUs)]
    if (untilUs > fromUs) both.push({ ...hold, fromUs, untilUs })
    if (hold.untilUs < other.untilUs) n++
    else m++
  }
  return both
}

/** The direction of a sender, as itself says it, where its peer says the same: that nothing is to be sent (RFC 3264 §5.1). */
function forbidden(exchange: AnalysedExchange, { index, sender }: StreamLine): DescribedMedia['direction'] | undefined {
  if (exchange.session.outcome !== 'answered') return undefined
  const [offer, answer] = [exchange.offer, exchange.answers.at(-1)].map((side) => side?.media[index])
  const [own, peer] = sender === 'offerer' ? [offer, answer] : [answer, offer]
  if (own === undefined || peer === undefined || own.isCut || peer.isCut || own.rejected || peer.rejected)
    return undefined
  const isSilent = own.direction === 'inactive' || own.direction === 'recvonly'
  const isDeaf = peer.direction === 'inactive' || peer.direction === 'sendonly'
  return isSilent && isDeaf ? own.direction : undefined
}
