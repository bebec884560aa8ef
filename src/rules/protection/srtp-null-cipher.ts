import type { AnalysedCall, AnalysedStream, TraceFacts } from '../../model/analysis.ts'
import type { Finding, Severity } from '../../model/report.ts'
import { exchangeFrames, firstOf } from '../agreement.ts'
import { defineRule, finding, NO_FINDINGS, type RuleText } from '../rule.ts'
import { type AgreedCrypto, agreedCryptoOf, agreedText, hasParameter } from './agreed-crypto.ts'

const text: RuleText = {
  id: 'srtp-null-cipher',
  severity: 'error',
  title: 'SRTP without encryption or without authentication',
  meaning:
    'The call counts as SRTP, but packets travel readable (no encryption), or anybody can change and inject them (no ' +
    'authentication). With UNENCRYPTED_SRTCP alone the media is safe and its RTCP is readable: CNAME, statistics, BYE.',
  shows:
    'NULL_HMAC_SHA1_80, NULL_HMAC_SHA1_32 or AES_CM_128_NULL_AUTH is agreed, or UNENCRYPTED_SRTP, UNAUTHENTICATED_SRTP or ' +
    'UNENCRYPTED_SRTCP stands behind the key of an agreed a=crypto line; or nothing of that is agreed, and packets whose ' +
    'tags verify are readable (on-wire): their payload has a pattern, the E bit of SRTCP is 0.',
  causes: [
    'a debugging setting that was left on, so that recordings could be listened to',
    'a suite list with every suite the stack knows, and a peer that takes the first',
    'a sender whose cipher is NULL or switched off, whatever it signals',
    '"RTP authentication" or "RTCP encryption" switched off in the SRTP profile of an SBC or a phone',
  ],
  remedy:
    'Take the NULL suites and the UNENCRYPTED_SRTP, UNENCRYPTED_SRTCP and UNAUTHENTICATED_SRTP parameters out of the SRTP ' +
    'profile on the side that offers them, and refuse them on the other.',
  references: ['RFC 3711 §9.3', 'RFC 3711 §9.5.1', 'RFC 4568 §6.3.2', 'RFC 4568 §6.3.3'],
  kinds: ['no-encryption', 'no-authentication', 'srtcp-only', 'on-wire'],
}

export const srtpNullCipher = defineRule(text, (trace) => ({
  call: (call, _, streams) => {
    const lacks: Lack[] = []
    for (const line of agreedCryptoOf(call)) addLacks(lacks, line)
    if (lacks.length === 0) return NO_FINDINGS
    return firstOf(lacks, ({ kind, line }) => `${line.index} ${kind}`).map((lack) => {
      return describe(trace, call, lack, lack.kind === 'no-authentication' && areVerified(streams, lack.line))
    })
  },
  end: () => trace.streams.flatMap((stream) => onWire(trace, stream)),
}))

/** Packets that verify under a suite that encrypts, and are not encrypted. */
function onWire(trace: TraceFacts, { report, firstAt }: AnalysedStream): readonly Finding[] {
  const { explanation, kind, packets, src, dst, suite, keySource } = report
  if (explanation?.kind !== 'wire-not-encrypted') return NO_FINDINGS
  const isRtp = kind === 'rtp'
  const consequence = isRtp
    ? 'anybody on the path can listen, and a receiver that decrypts as agreed plays noise'
    : 'anybody on the path can read it'
  return [
    finding(text, trace, {
      kind: 'on-wire',
      severity: isRtp ? 'error' : 'warning',
      detail:
        `${explanation.text} (to ${dst}, first in frame ${report.firstFrame}); ${suite} encrypts, and nothing else was ` +
        `${keySource === 'keys-file' ? 'given with its key' : 'agreed'}. So ${consequence}.`,
      remedy: 'Switch encryption on in the SRTP profile of the sender, for RTP and for RTCP.',
      callId: report.callId,
      streamId: report.id,
      at: [firstAt],
      evidence: { packets, ssrc: report.ssrc, suite, src },
    }),
  ]
}

interface Lack {
  readonly line: AgreedCrypto
  readonly kind: 'no-encryption' | 'no-authentication' | 'srtcp-only'
  readonly severity: Severity
  /** What says so: the suite, or a parameter and who gave it. */
  readonly because: string
  /** Who alone gave the parameter. */
  readonly only?: 'offerer' | 'answerer' | undefined
}

const WHAT: Readonly<Record<Lack['kind'], string>> = {
  'no-encryption': 'by this, media packets are not encrypted',
  'no-authentication': 'by this, media packets are not authenticated',
  'srtcp-only': 'by this, SRTCP is not encrypted, and the media itself is',
}

const WHAT_OF_ONE: Readonly<Record<Lack['kind'], string>> = {
  'no-encryption': 'may send media packets that are not encrypted',
  'no-authentication': 'may send media packets that are not authenticated',
  'srtcp-only': 'may send SRTCP that is not encrypted',
}

function addLacks(lacks: Lack[], line: AgreedCrypto): void {
  const { suite } = line
  const open = suite.cipher === 'null' ? { because: suite.name } : given(line, 'UNENCRYPTED_SRTP')
  const unsigned = suite.authentication === 'none' ? { because: suite.name } : givenUnsigned(line)
  if (open !== undefined) lacks.push({ line, kind: 'no-encryption', severity: 'error', ...open })
  if (unsigned !== undefined) lacks.push({ line, kind: 'no-authentication', severity: 'error', ...unsigned })
  if (open !== undefined || unsigned !== undefined) return
  const control = given(line, 'UNENCRYPTED_SRTCP')
  if (control !== undefined) lacks.push({ line, kind: 'srtcp-only', severity: 'warning', ...control })
}

type Given = Pick<Lack, 'because' | 'only'>

/** The tag of an AEAD suite cannot be taken away (RFC 7714 §14.1): its packets are authenticated whatever is said of them. */
function givenUnsigned(line: AgreedCrypto): Given | undefined {
  return line.suite.authentication === 'gcm' ? undefined : given(line, 'UNAUTHENTICATED_SRTP')
}

/** A parameter, and who gave it. These are negotiated: the answer repeats them (RFC 4568 §6.3). */
function given({ offer, answer }: AgreedCrypto, name: string): Given | undefined {
  const offered = hasParameter(offer, name)
  const answered = hasParameter(answer, name)
  if (!offered && !answered) return undefined
  if (offered && answered) return { because: name }
  return { because: `${name} (of the ${offered ? 'offer' : 'answer'} only)`, only: offered ? 'offerer' : 'answerer' }
}

/** Whether all RTP of an m= line carries tags in spite of what was agreed. */
function areVerified(streams: readonly AnalysedStream[], { index }: AgreedCrypto): boolean {
  const sent = streams.filter(({ report }) => report.kind === 'rtp' && report.mediaIndex === index)
  return sent.length > 0 && sent.every(({ report: { packets, verified } }) => verified === packets)
}

/** @param isVerified its packets are authenticated all the same */
function describe(
  trace: TraceFacts,
  call: AnalysedCall,
  { kind, severity, because, only, line }: Lack,
  isVerified: boolean,
): Finding {
  const { exchange, suite, answer, index } = line
  const byParameter = because !== suite.name
  const what = only === undefined ? WHAT[kind] : `by this, the ${only} ${WHAT_OF_ONE[kind]}`
  return finding(text, trace, {
    kind,
    severity: isVerified ? 'warning' : severity,
    detail: agreedText(
      line,
      byParameter ? `${suite.name} and ${because}` : because,
      isVerified ? `${what}; those of this call are all the same` : what,
    ),
    callId: call.callId,
    at: exchangeFrames(exchange),
    evidence: {
      mediaIndex: index,
      leg: exchange.session.leg,
      suite: suite.name,
      ...(byParameter && {
        sessionParameters: [...new Set([line.offer, answer].flatMap((one) => one.sessionParameters ?? []))],
      }),
    },
  })
}
