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
/** More findings than this are summed up. */
const MOST = 50

export const mediaWhileHeld = defineRule(text, (trace) => {
  const found: HeldStream[] = []
  return {
    call: (call, _, streams) => {
      // Captures may have clocks of their own.
      if (!trace.severalCaptures && call.exchanges.some(({ renegotiates }) => renegotiates) && isOfOneHop(call)) {
        for (const stream of streams) {
          const held = stream.report.kind === 'rtp' ? heldOf(call, stream) : undefined
          if (held !== undefined) found.push({ stream, held })
        }
      }
      return []
    },
    end: () =>
      summedUp(
        found,
        MOST,
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

/** Of several hops another may have been told otherwise. */
function isOfOneHop({ exchanges }: AnalysedCall): boolean {
  return new Set(exchanges.map(({ offer }) => hopOf(offer))).size < 2
}

/**
 * What is known of a stream in time is when it began and ended, and how long it was heard. What was heard longer than the
 * rest of that time lasted was heard on hold.
 */
function heldOf(call: AnalysedCall, { lines, report, firstAt, lastAt }: AnalysedStream): Held | undefined {
  if (report.talkSeconds === undefined) return undefined
  const own = new Map(lines.map((line) => [line.exchange, line]))
  let first: Held | undefined
  let heldUs = 0
  for (const [index, exchange] of call.exchanges.entries()) {
    const line = own.get(index)
    const direction = line === undefined ? undefined : forbidden(exchange, line)
    if (direction === undefined) continue
    const fromUs = Math.max(answeredAt(exchange).timeUs + GRACE_US, firstAt.timeUs)
    // Whatever is offered next may give it leave again.
    const untilUs = Math.min(call.exchanges[index + 1]?.offer.at.timeUs ?? call.endUs ?? lastAt.timeUs, lastAt.timeUs)
    if (untilUs <= fromUs) continue
    heldUs += untilUs - fromUs
    first ??= { exchange, own: direction, sentUs: 0 }
  }
  const sentUs = report.talkSeconds * 1e6 - (lastAt.timeUs - firstAt.timeUs - heldUs)
  return first === undefined || sentUs < LEAST_US ? undefined : { ...first, sentUs: Math.min(sentUs, heldUs) }
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
