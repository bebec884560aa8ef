import type { FrameRef } from '../../bytes/frame-ref.ts'
import type { AnalysedCall, AnalysedExchange, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { CryptoReport, Finding, Severity } from '../../model/report.ts'
import { answeredAt, asksForSecurity, carriesKeying, isRtp, isSecure } from '../agreement.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'
import type { LikelyCause } from './likely-cause.ts'
import { codecsOf, MediaAbilities } from './media-abilities.ts'
import { likelyCause, type RefusedSession } from './refusal-causes.ts'
import { refusalTerms, termsEvidence, termsText } from './refusal-terms.ts'
import { SecureRetries } from './secure-retries.ts'

const text: RuleText = {
  id: 'call-refused-for-media',
  severity: 'error',
  title: 'The call is refused for what it offers',
  meaning:
    'The callee, or an SBC before it, can be reached and does not take the session that is offered: protection, codecs, suites ' +
    'or addresses of the two sides do not meet. Each such call fails in the same way until one side is changed.',
  shows:
    'A final response 488, 606 or 415, or 503 with Reason: Q.850;cause=88 (incompatible destination), to an INVITE or UPDATE ' +
    'with an offer. What the description in its body, its Warning and its Accept say would be taken is told. Or a call that is ' +
    'answered with port 0 in each m= line, and established without media.',
  causes: [
    'SRTP mandatory on one side and off on the other (RTP/SAVP against RTP/AVP)',
    'no codec in common: a list cut down to G.729, Opus or G.722 on one side',
    'no crypto suite in common, such as AES_256 only against AES_128 only',
    'IPv6 media addresses toward a side that has IPv4 only',
  ],
  remedy: 'Bring the media settings of the two sides together; the finding says where they likely differ.',
  references: [
    'RFC 3261 §21.4.26',
    'RFC 3261 §21.6.4',
    'RFC 3261 §20.43',
    'RFC 3264 §9',
    'RFC 3326 §2',
    'RFC 4568 §5.1.2',
  ],
}

export const callRefusedForMedia = defineRule(text, (trace, _, onLimit) => {
  const abilities = new MediaAbilities(onLimit)
  const retries = new SecureRetries(onLimit)
  // What a side takes elsewhere, and whether it is called again, is known at the end.
  const refusals = new Map<number, readonly Refusal[]>()
  return {
    call: (call, index, streams) => {
      abilities.take(call)
      const retried = retries.take(call, index)
      const own = refusalsOf(call, streams)
      if (own.length > 0) refusals.set(index, own)
      if (retried !== undefined) withdraw(refusals, retried.refused.call)
      return []
    },
    end: () => [...refusals.values()].flat().map((refusal) => describe(trace, refusal, abilities)),
  }
})

/**
 * `declined`: the call was answered, and each of its m= lines declined. `broken`: the call failed. `connected`: another offer of it was taken. `open`: neither, one branch of several was refused.
 * `unchanged`: the offer of a re-INVITE or UPDATE.
 */
type Outcome = 'declined' | 'broken' | 'connected' | 'open' | 'unchanged'

/** What is kept of a refused offer. */
interface Refusal extends RefusedSession {
  readonly callId: string
  /** The host that refused. */
  readonly who: string
  readonly leg: string
  readonly offerAt: FrameRef
  readonly refusedAt: FrameRef
  readonly cause: number | undefined
  readonly outcome: Outcome
}

const INCOMPATIBLE_DESTINATION = 88

function isForMedia({ refusedStatus, refusedCause }: AnalysedExchange): boolean {
  if (refusedStatus === 503) return refusedCause === INCOMPATIBLE_DESTINATION
  return refusedStatus === 488 || refusedStatus === 606 || refusedStatus === 415
}

/** Each refusal once, at the host that it came from: proxies pass it on. */
function refusalsOf(call: AnalysedCall, streams: readonly AnalysedStream[]): readonly Refusal[] {
  let first: AnalysedExchange | undefined
  let changed: AnalysedExchange | undefined
  for (const exchange of call.exchanges) {
    if (exchange.refusedAt === undefined || !isForMedia(exchange)) continue
    if (exchange.renegotiates) changed = earlier(changed, exchange)
    else first = earlier(first, exchange)
  }
  if (first === undefined && changed === undefined) return declinedIn(call, streams)
  return [first, changed].flatMap((exchange) => (exchange === undefined ? [] : [refusalOf(call, exchange)]))
}

const NONE: readonly Refusal[] = []

/** RFC 3264 §6: an answer with port 0 in each m= line takes the call and none of its media, unless media flows all the same. */
function declinedIn(call: AnalysedCall, streams: readonly AnalysedStream[]): readonly Refusal[] {
  if (call.answerUs === undefined || streams.some(({ report }) => report.kind === 'rtp')) return NONE
  let first: AnalysedExchange | undefined
  for (const exchange of call.exchanges) {
    if (exchange.session.outcome !== 'answered') continue
    if (!isDeclined(exchange)) return NONE
    if (first === undefined || answeredAt(exchange).position < answeredAt(first).position) first = exchange
  }
  return first === undefined || first.renegotiates ? NONE : [refusalOf(call, first)]
}

function isDeclined({ offer, answers }: AnalysedExchange): boolean {
  const offered = offer.media.filter(({ rejected }) => !rejected)
  const answered = answers.at(-1)?.media ?? []
  return offered.some(isRtp) && offered.every(({ index }) => answered[index]?.rejected === true)
}

function earlier(known: AnalysedExchange | undefined, exchange: AnalysedExchange): AnalysedExchange {
  const before = known?.refusedAt?.position ?? Number.POSITIVE_INFINITY
  return known !== undefined && before <= (exchange.refusedAt as FrameRef).position ? known : exchange
}

function refusalOf(call: AnalysedCall, exchange: AnalysedExchange): Refusal {
  const { offer, session, refusedAt, refusedStatus, refusedCause, refusedWarning, renegotiates } = exchange
  const media = offer.media.filter(({ rejected }) => !rejected)
  const rtp = media.filter(isRtp)
  // Of an offer that is cut it is not known what else it asks for.
  const isWhole = !offer.media.some(({ isCut }) => isCut)
  const described = session.media.flatMap(({ offer: one }) =>
    one === undefined || one.rejected || !isWhole ? [] : [one],
  )
  return {
    callId: call.callId,
    who: offer.destination.address,
    leg: session.leg,
    offerAt: offer.at,
    refusedAt: refusedAt ?? answeredAt(exchange),
    status: refusedStatus,
    cause: refusedCause,
    phrase: exchange.refusedPhrase?.slice(0, MOST_WARNING),
    warning: refusedWarning?.slice(0, MOST_WARNING),
    accept: exchange.refusedAccept?.slice(0, MOST_TYPES),
    terms: refusalTerms(exchange),
    outcome: refusedStatus === undefined ? 'declined' : renegotiates ? 'unchanged' : outcomeOf(call),
    lines: [...new Set(media.map(({ kind, profile }) => `${kind} ${profile}`))],
    hasRtp: rtp.length > 0,
    allSecure: isWhole && rtp.length > 0 && rtp.every(isSecure),
    bestEffort: isWhole && rtp.length > 0 && rtp.every(asksForSecurity) && !rtp.some(isSecure),
    noneSecure: isWhole && rtp.length > 0 && !rtp.some(asksForSecurity),
    withoutKeys:
      isWhole && rtp.length > 0 && rtp.every((media) => /^RTP\/SAVPF?$/i.test(media.profile) && !carriesKeying(media)),
    extras: extrasOf(described.flatMap(({ crypto }) => crypto)),
    byDtls:
      rtp.length > 0 && rtp.every(({ carries }) => carries.includes('fingerprint') && !carries.includes('crypto')),
    withFeedback: rtp.length > 0 && rtp.every(({ profile }) => /AVPF$/i.test(profile)),
    suites: [...new Set(described.flatMap(({ crypto }) => crypto.map(({ suite }) => suite)))],
    codecs: [...new Set(described.flatMap(codecsOf))],
    otherFamily: rtp.some(
      ({ connectionAddress: address }) =>
        address !== undefined && address.includes(':') !== offer.source.address.includes(':'),
    ),
  }
}

/** What all of these lines carry beside a key: their MKI, and the session parameters that each of them has. */
function extrasOf(lines: readonly CryptoReport[]): readonly string[] {
  const [first, ...more] = lines
  if (first === undefined) return NO_EXTRAS
  const shared = (first.sessionParameters ?? NO_EXTRAS).filter((one) =>
    more.every(({ sessionParameters }) => sessionParameters?.includes(one)),
  )
  const mki = lines.every((line) => line.mki !== undefined) ? ['an MKI'] : []
  return [...mki, ...shared.slice(0, MOST_EXTRAS)]
}

const NO_EXTRAS: readonly string[] = []
const MOST_EXTRAS = 4

const MOST_WARNING = 200
/** Media types of an Accept that are kept. */
const MOST_TYPES = 16

function outcomeOf({ state, answerUs }: AnalysedCall): Outcome {
  if (answerUs !== undefined) return 'connected'
  return state === 'failed' || state === 'incomplete' ? 'broken' : 'open'
}

/** `srtp-retried-plain` speaks of it. */
function withdraw(refusals: Map<number, readonly Refusal[]>, call: number): void {
  const left = refusals.get(call)?.filter(({ outcome, noneSecure }) => outcome === 'unchanged' || noneSecure)
  if (left === undefined || left.length === 0) refusals.delete(call)
  else refusals.set(call, left)
}

const SEVERITY: Readonly<Record<Outcome, Severity>> = {
  declined: 'error',
  broken: 'error',
  connected: 'warning',
  open: 'warning',
  unchanged: 'warning',
}
const AFTERWARDS: Readonly<Record<Outcome, string>> = {
  declined: '',
  broken: '',
  open: '',
  connected: ' The call was connected by another offer.',
  unchanged: ' The session stays as it was before this offer.',
}

function prefixOf({ name, sure }: LikelyCause): string {
  if (name === 'open') return ''
  return sure ? 'Most likely: ' : 'Likely: '
}

function describe(trace: TraceFacts, refusal: Refusal, abilities: MediaAbilities): Finding {
  const { callId, who, leg, offerAt, refusedAt, status, cause, phrase, warning, outcome, terms } = refusal
  const likely = likelyCause(refusal, who, abilities.of(who))
  const why = cause === undefined ? '' : `, Reason cause=${cause}`
  const phrased = phrase === undefined ? '' : ` "${phrase}"`
  const says = warning === undefined ? '' : ` Warning: ${warning}`
  const takes = terms === undefined ? '' : ` Its body says what would be taken: ${termsText(terms)}.`
  const refuses =
    outcome === 'declined'
      ? `${who} answers the offer of frame ${offerAt.frame} with port 0 in each m= line (frame ${refusedAt.frame}): the call is ` +
        'established without media'
      : `${who} refuses the offer of frame ${offerAt.frame} with ${status}${phrased}${why} (frame ${refusedAt.frame})`
  return finding(text, trace, {
    severity: SEVERITY[outcome],
    title: outcome === 'declined' ? 'The call is answered, and its media is refused' : undefined,
    detail: `${refuses}. ${prefixOf(likely)}${likely.text}.${takes}${says}${AFTERWARDS[outcome]}`,
    remedy: likely.remedy,
    callId,
    at: [offerAt, refusedAt],
    evidence: {
      ...(status !== undefined && { status }),
      ...(cause !== undefined && { cause }),
      ...(phrase !== undefined && { reasonPhrase: phrase }),
      ...(warning !== undefined && { warning }),
      ...(refusal.accept !== undefined && { accept: refusal.accept }),
      ...termsEvidence(terms),
      likelyCause: likely.name,
      refusedBy: who,
      leg,
      offered: refusal.lines,
      codecs: refusal.codecs,
      suites: refusal.suites,
    },
  })
}
