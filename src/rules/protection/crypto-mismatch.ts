import type { AnalysedCall, AnalysedExchange, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { ExplanationReport, Finding, SessionMedia, Stream } from '../../model/report.ts'
import { exchangeFrames, firstOf, hopText, mediumText } from '../agreement.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'
import { ANSWER_REMEDIES, type AnswerFault, answerFaults } from './answer-faults.ts'
import { type ChangedKey, ChangedKeys } from './hop-keys.ts'
import { SeenStreams } from './seen-streams.ts'

const text: RuleText = {
  id: 'crypto-mismatch',
  severity: 'error',
  title: 'Crypto of offer, answer and wire do not fit together',
  meaning:
    'The answer cannot belong to the offer, or a sender does not use what was agreed: the receiver has no key for the ' +
    'packets and drops them.',
  shows:
    'An answer whose tag, suite, session parameters, profile or key does not fit the offer, or an offer of RTP/SAVP without a key; packets that verify only under another known key.',
  causes: [
    'an SBC that answers one tag and sends with the key of another',
    'a B2BUA that passes crypto lines on without renumbering or re-keying them, or re-keys them and lets the media go past it',
    'a key kept from before a re-INVITE',
    "the peer's key used for sending",
    'a relay that ends DTLS and passes a=fingerprint on as it came, or someone in the middle',
    'a tag, an MKI or a key split otherwise than the suite asks',
    'several keys in one a=crypto line, and no MKI that tells them apart',
    'a sender that encrypts although it agreed on UNENCRYPTED_SRTP, or sends tags in spite of UNAUTHENTICATED_SRTP',
    'a=crypto at the level of the session, before the first m= line',
    'RTP/SAVP without a=crypto: SRTP switched on for the profile alone, or keys that a B2BUA took out',
  ],
  remedy:
    'Correct the side that the finding names: answer exactly one offered tag with its suite, and send with the key of that line.',
  references: ['RFC 4568 §5.1.2', 'RFC 4568 §6.1', 'RFC 4568 §7.1'],
  kinds: [
    'tag-not-offered',
    'suite-differs',
    'answer-lacks-crypto',
    'offer-lacks-crypto',
    'answer-unsolicited-crypto',
    'answer-several',
    'at-session-level',
    'profile-differs',
    'key-length',
    'key-undecodable',
    'keys-without-mki',
    'parameters-differ',
    'changed-on-hop',
    'wire-other-tag-length',
    'wire-other-suite',
    'wire-other-kdf',
    'wire-other-labels',
    'wire-mki',
    'wire-no-tag',
    'wire-other-tag',
    'wire-other-key',
    'wire-other-direction-key',
    'wire-stale-key',
    'wire-early-key',
    'wire-other-call-key',
    'wire-srtp-on-plain-agreement',
    'wire-encrypted',
    'wire-authenticated',
    'wire-other-certificate',
  ],
}

export const cryptoMismatch = defineRule(text, (trace) => ({
  call: (call, _, streams) => {
    const found = negotiated(trace, call, streams)
    if (call.exchanges.length < 2) return found
    const keys = new ChangedKeys(call)
    const changed = streams.flatMap((stream) => changedOnHop(trace, call, stream, keys.of(stream)))
    return changed.length === 0 ? found : [...found, ...changed]
  },
  end: () => [...onWire(trace), ...otherCertificates(trace)],
}))

function negotiated(trace: TraceFacts, call: AnalysedCall, streams: readonly AnalysedStream[]): readonly Finding[] {
  const faults: { exchange: AnalysedExchange; media: SessionMedia; fault: AnswerFault }[] = []
  // A call may have thousands of m= lines, and of streams.
  const seen = new SeenStreams(streams)
  for (const exchange of call.exchanges) {
    if (exchange.session.outcome !== 'answered') continue
    for (const media of exchange.session.media) {
      for (const fault of answerFaults(exchange, media, seen)) {
        if (fault.kind === 'offer-lacks-crypto' && seen.areKeyedElsewhere(media.index)) continue
        faults.push({ exchange, media, fault })
      }
    }
  }
  if (faults.length === 0) return NO_FINDINGS
  // A session refresh repeats what was said; hops with the same descriptions too.
  return firstOf(faults, ({ media, fault }) => `${media.index} ${fault.kind} ${fault.detail}`).map(
    ({ exchange, media, fault }) =>
      finding(text, trace, {
        kind: fault.kind,
        severity: fault.isWarning ? 'warning' : undefined,
        detail: `${framesText(exchange)}${mediumOf(exchange, media)}: ${fault.detail}`,
        remedy: ANSWER_REMEDIES[fault.kind],
        callId: call.callId,
        at: exchangeFrames(exchange),
        evidence: { mediaIndex: media.index, leg: exchange.session.leg, ...fault.evidence },
        ...(fault.references !== undefined && { references: fault.references }),
      }),
  )
}

/** Of several m= lines, the one. */
function mediumOf({ session: { media: lines } }: AnalysedExchange, media: SessionMedia): string {
  return lines.length > 1 ? `, ${mediumText(lines, media)}` : ''
}

function framesText({ offer, answers }: AnalysedExchange): string {
  return `offer in frame ${offer.at.frame}, answer in frame ${answers.at(-1)?.at.frame}`
}

/** Its packets verify: the sender does what it agreed on, and the receiver was told something else. */
function changedOnHop(
  trace: TraceFacts,
  call: AnalysedCall,
  { report }: AnalysedStream,
  changed: ChangedKey | undefined,
): readonly Finding[] {
  if (changed === undefined) return NO_FINDINGS
  const { own, told } = changed
  return [
    finding(text, trace, {
      kind: 'changed-on-hop',
      detail:
        `${report.src} sends with the key that it gave in frame ${own.at.frame} (${hopText(own)}); ${report.dst} was given another for it in ` +
        `frame ${told.at.frame} (${hopText(told)}), and the media goes past the hop between: ${report.packets} packets that verify here fail ` +
        'there, where nothing on the way protects them anew.',
      remedy:
        'Have the proxy or B2BUA between pass a=crypto on as it came, or take the media in (its own address in c=) and protect it on each side with the keys of that side.',
      callId: call.callId,
      streamId: report.id,
      at: [own.at, told.at],
      evidence: { packets: report.packets, ssrc: report.ssrc },
    }),
  ]
}

/** Streams whose explanation says what is used instead of what was agreed. */
function onWire(trace: TraceFacts): Finding[] {
  return trace.streams.flatMap((stream) => {
    const { explanation, failed } = stream.report
    if (explanation === undefined || explanation.kind === 'wire-plain-rtp') return []
    const unasked = UNASKED[explanation.kind]
    if (unasked !== undefined) return [unaskedFor(trace, stream, explanation, unasked)]
    return failed === 0 ? [] : [otherwise(trace, stream, explanation)]
  })
}

/** RFC 5763 §5: a DTLS certificate that does not fit a=fingerprint ends the session at a peer that checks it. */
function otherCertificates(trace: TraceFacts): Finding[] {
  return trace.certificateMismatches.map(({ callId, source, destination, at, seen, described }) =>
    finding(text, trace, {
      kind: 'wire-other-certificate',
      detail: `${source} shows ${destination} a DTLS certificate with the fingerprint ${seen}; its SDP says ${described.join(', ')}.`,
      remedy: 'Have the side that ends DTLS write the fingerprint of its own certificate into the SDP that it sends.',
      callId,
      at: [at],
      evidence: { seen, described },
      references: ['RFC 5763 §5', 'RFC 8122 §5'],
    }),
  )
}

/** What is not as it was agreed though packets verify, or nothing was to be verified: what a receiver makes of it. */
interface Unasked {
  readonly consequence: (report: Stream) => string
  readonly remedy: string
  readonly evidence?: (report: Stream) => Readonly<Record<string, unknown>>
  readonly references?: readonly string[]
}

const UNASKED: Readonly<Partial<Record<string, Unasked>>> = {
  // Plain RTP on a secured session is `rtp-avp-leak`; this is the reverse.
  'wire-srtp-on-plain-agreement': {
    consequence: ({ dst, packets }) =>
      `${dst} takes ${packets} encrypted packets for voice and plays noise, or drops them`,
    remedy: 'Set both sides to SRTP required (RTP/SAVP with a=crypto), or switch SRTP off at the sender.',
  },
  // What `srtp-null-cipher` says of readable packets, the other way round.
  'wire-encrypted': {
    consequence: ({ packets, dst }) =>
      `a receiver that goes by it takes the ${packets} packets to ${dst} for voice and plays noise`,
    remedy:
      'Take UNENCRYPTED_SRTP out of the SRTP profiles of both sides: a sender that ignores it encrypts all the same.',
    evidence: ({ suite }) => ({ suite }),
    references: ['RFC 4568 §6.3.2'],
  },
  'wire-authenticated': {
    consequence: ({ packets, dst }) =>
      `a receiver that goes by it takes the tag of each of the ${packets} packets to ${dst} for the end of their payload`,
    remedy:
      'Take UNAUTHENTICATED_SRTP out of the SRTP profiles of both sides: a sender that ignores it authenticates all the same.',
    evidence: ({ suite }) => ({ suite }),
    references: ['RFC 4568 §6.3.3'],
  },
}

function unaskedFor(
  trace: TraceFacts,
  { report, firstAt }: AnalysedStream,
  explanation: ExplanationReport,
  { consequence, remedy, evidence, references }: Unasked,
): Finding {
  const { packets, verified, ssrc, callId, id } = report
  return finding(text, trace, {
    kind: explanation.kind,
    detail: `${explanation.text}: ${consequence(report)}.`,
    remedy,
    callId,
    streamId: id,
    at: [firstAt],
    evidence: { packets, verified, ssrc, ...evidence?.(report) },
    ...(references && { references }),
  })
}

/** The sender uses something else than what was agreed. */
function otherwise(trace: TraceFacts, stream: AnalysedStream, explanation: ExplanationReport): Finding {
  const { report, firstAt, explanationEvidence } = stream
  // Of media without signalling only a keys file says under which key it goes.
  const what = report.callId === undefined ? 'the keys that are given for them' : 'what was agreed'
  return finding(text, trace, {
    kind: explanation.kind,
    detail:
      `${explanation.text}: ${report.failed} of ${report.packets} ${report.kind.toUpperCase()} packets to ` +
      `${report.dst} fail under ${what}, first in frame ${report.firstFailedFrame}.`,
    remedy: REMEDIES[explanation.kind] ?? text.remedy,
    callId: report.callId,
    streamId: report.id,
    at: (report.failedFrames ?? []).map((frame) => ({ capture: firstAt.capture, frame })),
    evidence: {
      failed: report.failed,
      packets: report.packets,
      ssrc: report.ssrc,
      ...(explanation.keyFingerprint !== undefined && { usedKeyFingerprint: explanation.keyFingerprint }),
      ...explanationEvidence,
    },
  })
}

const REMEDIES: Readonly<Record<string, string>> = {
  'wire-other-tag-length':
    'Set the sender to the tag length of the agreed suite (80 or 32 bits), or agree on the suite that it uses.',
  'wire-other-suite': 'Have the sender use the answered a=crypto line: its key, split and used as its suite asks.',
  'wire-other-kdf':
    'Update the SRTP library of the sender, or leave out of the offer what it does not follow: AES_192 suites, or KDR.',
  'wire-other-labels':
    'Mend or update the SRTP implementation of the sender: of one master key, SRTP and SRTCP each have session keys of their own.',
  'wire-mki':
    'Make MKI the same on both sides: announce it behind the key in a=crypto (|MKI:length), or switch it off.',
  'wire-no-tag':
    'Switch SRTP authentication on at the sender: packets go without a tag only where both a=crypto lines have UNAUTHENTICATED_SRTP.',
  'wire-other-tag':
    'Capture on both sides of each hop, and compare the headers of a packet (payload type, marker, timestamp): what changes them ' +
    'has to leave SRTP as it is, or to protect it anew.',
  'wire-other-key': 'Have the sender protect its media with the key of the a=crypto line whose tag was answered.',
  'wire-other-direction-key':
    'Have each side send with the key of its own a=crypto line, and receive with that of its peer.',
  'wire-stale-key':
    'Have the sender change over to its new key once the re-INVITE is answered, or the 200 replaces the answer of a 183; ' +
    'or have it keep its key throughout the call.',
  'wire-early-key': 'Have the sender keep its key until the new offer is answered, and for good where it is refused.',
  'wire-other-call-key': 'Look for mixed-up media sessions in the sender: this key was given for another call or leg.',
}
