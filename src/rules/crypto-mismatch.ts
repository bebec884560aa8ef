import type { AnalysedCall, AnalysedExchange, TraceFacts } from '../model/analysis.ts'
import type { CryptoReport, Finding, MediaDescriptionReport, SessionMedia } from '../model/report.ts'
import { firstOf, isSecure } from './agreement.ts'
import { defineRule, finding, type RuleText } from './rule.ts'

const text: RuleText = {
  id: 'crypto-mismatch',
  severity: 'error',
  title: 'Crypto of offer, answer and wire do not fit together',
  meaning:
    'The answer cannot belong to the offer, or a sender does not use what was agreed: the receiver has no key for the ' +
    'packets and drops them.',
  shows:
    'An answer whose tag, suite, profile or key does not fit the offer; packets that verify only under another known key.',
  causes: [
    'an SBC that answers one tag and sends with the key of another',
    'a B2BUA that passes crypto lines on without renumbering or re-keying them',
    'a key kept from before a re-INVITE',
    "the peer's key used for sending",
  ],
  remedy:
    'Correct the side that the finding names: answer exactly one offered tag with its suite, and send with the key of that line.',
  references: ['RFC 4568 §5.1.2', 'RFC 4568 §6.1', 'RFC 4568 §7.1'],
  kinds: [
    'tag-not-offered',
    'suite-differs',
    'answer-lacks-crypto',
    'answer-unsolicited-crypto',
    'answer-several',
    'profile-differs',
    'key-length',
    'key-undecodable',
    'wire-other-key',
    'wire-other-direction-key',
    'wire-stale-key',
    'wire-early-key',
    'wire-other-call-key',
  ],
}

export const cryptoMismatch = defineRule(text, (trace) => ({
  call: (call) => negotiated(trace, call),
  end: () => onWire(trace),
}))

/** What is wrong with an answered m= line. */
interface Fault {
  readonly kind: string
  readonly detail: string
  readonly isWarning?: boolean
  readonly evidence?: Readonly<Record<string, unknown>>
}

function negotiated(trace: TraceFacts, call: AnalysedCall): Finding[] {
  const faults: { exchange: AnalysedExchange; media: SessionMedia; fault: Fault }[] = []
  for (const exchange of call.exchanges) {
    if (exchange.session.outcome !== 'answered') continue
    for (const media of exchange.session.media) {
      for (const fault of faultsOf(media)) faults.push({ exchange, media, fault })
    }
  }
  // A session refresh repeats what was said; hops with the same descriptions too.
  return firstOf(faults, ({ media, fault }) => `${media.index} ${fault.kind} ${fault.detail}`).map(
    ({ exchange, media, fault }) =>
      finding(text, trace, {
        kind: fault.kind,
        ...(fault.isWarning && { severity: 'warning' as const }),
        detail: `${framesText(exchange)}: ${fault.detail}`,
        callId: call.callId,
        at: [exchange.offer.at, ...exchange.answers.slice(-1).map(({ at }) => at)],
        evidence: { mediaIndex: media.index, leg: exchange.session.leg, ...fault.evidence },
      }),
  )
}

function framesText({ offer, answers }: AnalysedExchange): string {
  return `offer in frame ${offer.at.frame}, answer in frame ${answers.at(-1)?.at.frame}`
}

function faultsOf({ offer, answer }: SessionMedia): Fault[] {
  if (offer === undefined || answer === undefined || answer.rejected || offer.rejected) return []
  return [...lineFaults(offer, answer), ...profileFaults(offer, answer), ...keyFaults(offer, answer)]
}

function lineFaults(offer: MediaDescriptionReport, answer: MediaDescriptionReport): Fault[] {
  const [first, ...more] = answer.crypto
  if (first === undefined) {
    const secure = isSecure(answer) && offer.crypto.length > 0 && answer.keying === undefined
    return secure ? [{ kind: 'answer-lacks-crypto', detail: `${answer.profile} is answered without a=crypto.` }] : []
  }
  if (offer.crypto.length === 0) {
    return [{ kind: 'answer-unsolicited-crypto', detail: 'the answer carries a=crypto and the offer has none.' }]
  }
  if (more.length > 0) {
    const tags = answer.crypto.map(({ tag }) => tag)
    return [
      {
        kind: 'answer-several',
        detail: `the answer accepts tags ${tags.join(', ')}; exactly one is allowed.`,
        evidence: { tags },
      },
    ]
  }
  const offered = offer.crypto.find(({ tag }) => tag === first.tag)
  if (offered === undefined) {
    const tags = offer.crypto.map(({ tag }) => tag)
    return [
      {
        kind: 'tag-not-offered',
        detail: `the answer names tag ${first.tag}; offered were ${tags.join(', ')}.`,
        evidence: { answeredTag: first.tag, offeredTags: tags },
      },
    ]
  }
  if (offered.suite === first.suite) return []
  return [
    {
      kind: 'suite-differs',
      detail: `the answer names tag ${first.tag} with ${first.suite}; under this tag ${offered.suite} was offered.`,
      evidence: { tag: first.tag, offeredSuite: offered.suite, answeredSuite: first.suite },
    },
  ]
}

function profileFaults(offer: MediaDescriptionReport, answer: MediaDescriptionReport): Fault[] {
  const keyed = isKeyed(offer) && isKeyed(answer)
  if (offer.profile.toUpperCase() === answer.profile.toUpperCase() || !keyed) return []
  return [
    {
      kind: 'profile-differs',
      detail: `${offer.profile} is offered and ${answer.profile} answered, though both sides gave keys.`,
      isWarning: true,
      evidence: { offeredProfile: offer.profile, answeredProfile: answer.profile },
    },
  ]
}

/** Key kinds speak of lines that were agreed. */
function keyFaults(offer: MediaDescriptionReport, answer: MediaDescriptionReport): Fault[] {
  const faults: Fault[] = []
  for (const line of offer.crypto) {
    if (answer.crypto.some(({ tag }) => tag === line.tag)) addKeyFault(faults, 'offer', line)
  }
  for (const line of answer.crypto) addKeyFault(faults, 'answer', line)
  return faults
}

function addKeyFault(faults: Fault[], who: string, { tag, suite, problem }: CryptoReport): void {
  if (problem !== 'key-length' && problem !== 'key-undecodable') return
  const what = problem === 'key-length' ? `has the wrong length for ${suite}` : 'cannot be decoded'
  faults.push({ kind: problem, detail: `the key of tag ${tag} in the ${who} ${what}.`, evidence: { tag, suite } })
}

function isKeyed({ crypto, keying }: MediaDescriptionReport): boolean {
  return crypto.length > 0 || keying !== undefined
}

/** Streams that verify only under a key that was not agreed. Plain RTP on a secured session is `rtp-avp-leak`. */
function onWire(trace: TraceFacts): Finding[] {
  return trace.streams.flatMap(({ report, firstAt }) => {
    const { explanation } = report
    if (explanation === undefined || explanation.kind === 'wire-plain-rtp' || report.failed === 0) return []
    return [
      finding(text, trace, {
        kind: explanation.kind,
        detail:
          `${explanation.text}: ${report.failed} of ${report.packets} ${report.kind.toUpperCase()} packets to ` +
          `${report.dst} fail under what was agreed, first in frame ${report.firstFailedFrame}.`,
        ...(report.callId !== undefined && { callId: report.callId }),
        streamId: report.id,
        at: (report.failedFrames ?? []).map((frame) => ({ capture: firstAt.capture, frame })),
        evidence: {
          failed: report.failed,
          packets: report.packets,
          ssrc: report.ssrc,
          ...(explanation.keyFingerprint !== undefined && { usedKeyFingerprint: explanation.keyFingerprint }),
        },
      }),
    ]
  })
}
