import type { AnalysedCall, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import { tagText } from '../../model/crypto-tag.ts'
import type { Finding } from '../../model/report.ts'
import { type CryptoSuite, suiteByName } from '../../srtp/suites.ts'
import { exchangeFrames, firstOf } from '../agreement.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'
import { type AgreedCrypto, agreedCryptoOf, agreedText, hasParameter } from './agreed-crypto.ts'

const text: RuleText = {
  id: 'srtp-weak-suite',
  severity: 'warning',
  title: 'A suite with a short authentication tag is agreed',
  meaning:
    'The media packets carry a tag of 32 bits (HMAC_SHA1_32) or of 64 bits (GCM_8). A forged packet passes once in 2^32 ' +
    'guesses under a 32-bit tag, which was meant for voice on narrow radio links; a short GCM tag also weakens with every ' +
    'packet and every forgery tried.',
  shows:
    'An a=crypto line whose suite ends in _32 or _GCM_8 is offered and answered, or packets verify under such a suite.',
  causes: [
    'the _32 line stands before the _80 line in the offer, and the answerer takes the first one that it knows',
    'an SBC or a phone whose suite list was left at its default',
    'a short tag chosen to save bandwidth',
  ],
  remedy:
    'Put AES_CM_128_HMAC_SHA1_80, or a GCM suite with its tag of 16 octets, first in the suite list of both sides, and take ' +
    'the _32 and _8 suites out.',
  references: ['RFC 3711 §7.5', 'RFC 3711 §9.5.1', 'RFC 4568 §6.2.2', 'RFC 7714 §13.2'],
}

export const srtpWeakSuite = defineRule(text, (trace) => {
  /** Suites that signalling was seen to agree on are told once, with their call. */
  const told = new Set<number>()
  return {
    call: (call, index) => {
      const weak = agreedCryptoOf(call).filter(isWeak)
      if (weak.length === 0) return NO_FINDINGS
      told.add(index)
      return firstOf(weak, (line) => `${line.index} ${line.suite.id}`).map((line) => describe(trace, call, line))
    },
    end: () => trace.streams.flatMap((stream) => (told.has(stream.call ?? -1) ? [] : onWire(trace, stream))),
  }
})

/** Octets; without any tag `srtp-null-cipher` speaks. */
const SHORTEST = { 'hmac-sha1': 10, gcm: 16, none: 0 }

function hasShortTag({ authentication, srtpTagLength }: CryptoSuite): boolean {
  return srtpTagLength < SHORTEST[authentication]
}

function isWeak({ suite, offer, answer }: AgreedCrypto): boolean {
  if (!hasShortTag(suite)) return false
  // RFC 7714 §14.1: of an AEAD suite no parameter takes the tag away.
  if (suite.authentication === 'gcm') return true
  return !hasParameter(offer, 'UNAUTHENTICATED_SRTP') || !hasParameter(answer, 'UNAUTHENTICATED_SRTP')
}

function describe(trace: TraceFacts, call: AnalysedCall, line: AgreedCrypto): Finding {
  const { exchange, suite } = line
  const better = exchange.session.media[line.index]?.offer?.crypto.find(({ suite: name }) => {
    const other = suiteByName(name)
    return other !== undefined && other.authentication !== 'none' && !hasShortTag(other)
  })
  const passedOver =
    better === undefined
      ? ' No suite with a full tag was offered.'
      : ` ${better.suite} was offered too, as tag ${tagText(better.tag)}.`
  return finding(text, trace, {
    detail: agreedText(line, suite.name, `media packets carry a tag of ${suite.srtpTagLength * 8} bits`) + passedOver,
    callId: call.callId,
    at: exchangeFrames(exchange),
    evidence: {
      mediaIndex: line.index,
      leg: exchange.session.leg,
      suite: suite.name,
      tagBits: suite.srtpTagLength * 8,
      ...(better !== undefined && { betterOffered: better.suite }),
    },
  })
}

/** Media whose keys did not come by readable signalling: what verifies was agreed somewhere. */
function onWire(trace: TraceFacts, { report, firstAt }: AnalysedStream): Finding[] {
  const { keySource, kind, verified, callId } = report
  if (kind !== 'rtp' || verified === 0 || keySource !== 'keys-file') return []
  const suite = report.suite === undefined ? undefined : suiteByName(report.suite)
  if (suite === undefined || !hasShortTag(suite)) return []
  return [
    finding(text, trace, {
      detail:
        `${verified} packets from ${report.src} to ${report.dst} verify under ${suite.name} (key of the keys file): they ` +
        `carry a tag of ${suite.srtpTagLength * 8} bits.`,
      callId,
      streamId: report.id,
      at: [firstAt],
      evidence: { suite: suite.name, tagBits: suite.srtpTagLength * 8, packets: verified },
    }),
  ]
}
