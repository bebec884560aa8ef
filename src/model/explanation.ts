import type { Keyring } from '../media/keyring.ts'
import { describedBy, isProtecting } from '../media/media-line.ts'
import { keyFingerprintsOf } from '../media/sdes-keys.ts'
import type { StreamTable } from '../rtp/stream-table.ts'
import type { Exchange } from '../sdp/exchange.ts'
import type { Explanation } from '../verify/judgement/explainer.ts'
import type { JudgedStream } from '../verify/judgement/judged-stream.ts'
import { isAuthenticatedAllTheSame } from './authenticated.ts'
import { tagText } from './crypto-tag.ts'
import { srtpOnPlainAgreement } from './plain-agreement.ts'
import type { ExplanationReport } from './report.ts'
import { isEncryptedAllTheSame, isUnencrypted } from './unencrypted.ts'

/** Why a stream does not verify, in plain words; nothing where it does, or where nobody can say. */
export function explanationText(
  judged: JudgedStream,
  table: StreamTable,
  keyring: Keyring,
): ExplanationReport | undefined {
  const { plan, verdict, explanation } = judged
  const sender = plan.stream.source
  if (explanation !== undefined) {
    return {
      kind: explanation.kind,
      text: `${sender} ${SENTENCE[explanation.kind](explanation, judged)}`,
      keyFingerprint: explanation.key.fingerprint,
      ...namedBy(explanation),
    }
  }
  const agreedToProtect = isProtecting(plan.keying.keying)
  if (verdict.plain > verdict.agreedPlain && agreedToProtect && plan.stream.kind === 'rtp') {
    const isAgreed = plan.keying.binding?.lines.some(({ exchange }) => exchange.state === 'answered')
    const text = `${sender} sends RTP in the clear although protection was ${isAgreed ? 'agreed' : 'offered'}`
    return { kind: 'wire-plain-rtp', text }
  }
  if (isUnencrypted(judged, table, keyring)) {
    const [what, by] = plan.stream.kind === 'rtp' ? ['SRTP', 'its payload'] : ['SRTCP', 'its E bit']
    return {
      kind: 'wire-not-encrypted',
      text: `${sender} sends ${what} that is authenticated and, by ${by}, not encrypted`,
    }
  }
  if (isEncryptedAllTheSame(judged, table, keyring)) {
    const text = `${sender} sends SRTP that is, by its payload, encrypted, although UNENCRYPTED_SRTP was agreed`
    return { kind: 'wire-encrypted', text }
  }
  if (isAuthenticatedAllTheSame(judged, keyring)) {
    const text = `${sender} sends SRTP with tags, which verify, although UNAUTHENTICATED_SRTP was agreed`
    return { kind: 'wire-authenticated', text }
  }
  const onPlain = srtpOnPlainAgreement(judged, table)
  if (onPlain === undefined) return undefined
  return {
    kind: 'wire-srtp-on-plain-agreement',
    text: `${sender} sends SRTP although RTP/AVP without keying was agreed (${REASON[onPlain]})`,
  }
}

/** What proves an explanation beside its text: fingerprints, tags, lengths; how far keys of other calls were tried. */
export function explanationEvidence({ explanation, otherKeys }: JudgedStream): Readonly<Record<string, unknown>> {
  const { key, agreed, owner, suite, tagLength, mkiLength, ignoredKdr } = explanation ?? {}
  return {
    ...(agreed !== undefined && { agreedKeyFingerprint: agreed.fingerprint, agreedSuite: agreed.master.suite.name }),
    ...(key !== undefined && { usedKeyFingerprint: key.fingerprint, usedSuite: (suite ?? key.master.suite).name }),
    ...(owner?.tag !== undefined && { usedTag: owner.tag }),
    ...(explanation !== undefined && namedBy(explanation)),
    ...(tagLength !== undefined && { usedTagLength: tagLength }),
    ...(mkiLength !== undefined && { usedMkiLength: mkiLength }),
    ...(ignoredKdr !== undefined && { ignoredKdr }),
    ...(otherKeys !== undefined &&
      otherKeys.leftOut > 0 && { otherKeysTried: otherKeys.tried, otherKeysNotTried: otherKeys.leftOut }),
  }
}

/** The names that a text of an explanation holds. */
function namedBy({ kind, owner }: Explanation): Pick<ExplanationReport, 'keyOfCall' | 'keyLabel'> {
  return {
    ...(kind === 'wire-other-call-key' && owner.callId !== undefined && { keyOfCall: owner.callId }),
    ...(owner.source === 'keys-file' && owner.label !== undefined && { keyLabel: owner.label }),
  }
}

const REASON = {
  'keys-file': 'its packets verify under a key of the keys file',
  signalled: 'its packets verify under a key that was offered or answered',
  looks: 'its payload is not that of the codec: octets without pattern, and longer by a tag',
} as const

const SENTENCE: Readonly<Record<Explanation['kind'], (explanation: Explanation, stream: JudgedStream) => string>> = {
  'wire-other-tag-length': ({ tagLength, key, owner }, stream) =>
    `uses ${nameOf(owner)} with tags of ${tagLength} octets; ${tagsText(key, stream)}`,
  'wire-other-suite': (explanation, stream) => {
    const { suite, key, agreed, owner } = explanation
    if (suite === undefined) {
      const chosen = agreed === undefined ? '' : ` (${agreed.master.suite.name})`
      return `sends with the key it ${gave(owner)} as ${tagOf(explanation)} (${key.master.suite.name}); ${chose(explanation, stream)}${chosen}`
    }
    const octets = suite.masterKeyLength + suite.masterSaltLength
    return `takes the first ${octets} octets of ${nameOf(owner)} for a key of ${suite.name}; ${key.master.suite.name} was ${owner.source === 'keys-file' ? 'given' : 'agreed'}`
  },
  'wire-other-kdf': ({ ignoredKdr }) =>
    ignoredKdr !== undefined
      ? `derives its session keys once; KDR=${ignoredKdr} asks for new ones every 2^${ignoredKdr} packets (RFC 3711 §4.3.1)`
      : 'derives its session keys from the agreed AES-192 key as if that were an AES-256 key (older libsrtp does; RFC 6188 §3 asks for AES-192)',
  'wire-other-labels': (_, { plan }) => {
    const [own, other, labels] = plan.stream.kind === 'rtp' ? ['SRTP', 'SRTCP', '0 to 2'] : ['SRTCP', 'SRTP', '3 to 5']
    return `protects ${own} with the session keys of ${other}: those of ${own} are derived under labels ${labels} (RFC 3711 §4.3.2)`
  },
  'wire-mki': ({ mkiLength, key, owner }) => {
    const [line, announced] =
      owner.source === 'keys-file' ? ['the keys file', 'gives'] : ['its a=crypto line', 'announces']
    const signalled = key.master.mki?.length ?? key.master.mkiLength ?? 0
    if (mkiLength === 0) return `leaves out the MKI of ${signalled} octets that ${line} ${announced}`
    const carried = `puts an MKI of ${mkiLength} octets into its packets`
    if (signalled === 0) return `${carried}; ${line} ${announced} none`
    return signalled === mkiLength
      ? `${carried} that is not the announced one`
      : `${carried}; ${line} ${announced} one of ${signalled}`
  },
  'wire-no-tag': ({ key, owner }, stream) =>
    `leaves out the authentication tags: its packets decrypt under ${nameOf(owner)} as they are; ${tagsText(key, stream)} octets`,
  'wire-other-tag': ({ owner }, { verdict: { verified, failingEnd } }) => {
    const decrypts = `sends packets that decrypt under ${nameOf(owner)}, and whose tags do not fit them`
    // Its first tags fit: it knows how to make them.
    return verified > 0 && failingEnd !== undefined
      ? `${decrypts} from frame ${failingEnd.frame} on: from there they were changed behind it (fields of their headers, say)`
      : `${decrypts}: they were changed behind it (fields of their headers, say), or it makes its tags otherwise`
  },
  'wire-other-key': (explanation, stream) => {
    const { owner } = explanation
    const line = stream.plan.keying.binding?.lines.at(-1)
    if (line !== undefined && owner.mediaIndex !== line.index) {
      return `sends with the key it gave for m= line ${(owner.mediaIndex ?? 0) + 1} (${tagOf(explanation)}); this is m= line ${line.index + 1}`
    }
    return `sends with the key it ${gave(owner)} as ${tagOf(explanation)}; ${chose(explanation, stream)}`
  },
  'wire-other-direction-key': (explanation) => `sends with its peer's key (${tagOf(explanation)}) instead of its own`,
  'wire-stale-key': (explanation, stream) =>
    `still sends with the key of an earlier offer or answer of this call${whence(explanation, stream)}`,
  'wire-early-key': (explanation, stream) => {
    const refusedAt = exchangeOf(explanation, stream)?.refusedAt
    if (refusedAt !== undefined) {
      return `sends with the key of an offer that was refused in frame ${refusedAt.frame}${whence(explanation, stream)}`
    }
    return `already sends with the key of a later offer or answer of this call${whence(explanation, stream)}`
  },
  'wire-other-call-key': ({ owner }, { plan }) => {
    if (owner.callId !== undefined && owner.callId === plan.keying.binding?.callId) {
      return owner.exchange === undefined
        ? `sends with a key from the keys file${labelOf(owner)} that nobody agreed on`
        : 'sends with a key of another leg of this call'
    }
    return owner.callId !== undefined
      ? `sends with a key that belongs to call ${owner.callId}`
      : owner.flow !== undefined
        ? `sends with the key that DTLS gave for ${owner.flow}`
        : `sends with a key from the keys file${labelOf(owner)} that ${plan.keying.binding === undefined ? 'is given for other media' : 'nobody agreed on'}`
  },
}

function tagsText({ master: { suite } }: Explanation['key'], { plan }: JudgedStream): string {
  return `${suite.name} has tags of ${plan.stream.kind === 'rtp' ? suite.srtpTagLength : suite.srtcpTagLengths[0]}`
}

function nameOf(owner: Explanation['owner']): string {
  return owner.source === 'keys-file' ? `the key of the keys file${labelOf(owner)}` : 'the agreed key'
}

function labelOf({ label }: Explanation['owner']): string {
  return label === undefined ? '' : ` (${label})`
}

function tagOf({ owner }: Explanation): string {
  return owner.flow === undefined ? `tag ${tagText(owner.tag)}` : 'of the same DTLS association'
}

/** Who answered first may offer in a re-INVITE. */
function gave({ side }: Explanation['owner']): string {
  return side === 'answerer' ? 'answered' : 'offered'
}

/** Which tag it was instead. */
function chose({ agreed, owner }: Explanation, stream: JudgedStream): string {
  const lines = stream.plan.keying.binding?.lines ?? []
  const ofExchange = agreed?.owners.find(({ exchange, side }) => exchange === owner.exchange && side === owner.side)
  const tag = ofExchange?.tag
  const answered = lines.find(({ exchange }) => exchange.id === owner.exchange)?.exchange.answers.at(-1)
  if (tag === undefined || answered === undefined) return 'that one was not chosen'
  return `the answer in frame ${answered.at.frame} chose tag ${tagText(tag)}`
}

/** The frame that gave the key of an earlier or a later agreement. */
function whence(explanation: Explanation, stream: JudgedStream): string {
  const { owner, key } = explanation
  const { plan } = stream
  const exchange = exchangeOf(explanation, stream)
  if (exchange === undefined || plan.keying.binding === undefined) return ''
  const described = describedBy(exchange, owner.side ?? 'offerer').find(({ description }) =>
    description.media[owner.mediaIndex ?? 0]?.crypto.some((line) => keyFingerprintsOf(line).includes(key.fingerprint)),
  )
  return described === undefined ? '' : ` (frame ${described.at.frame}, tag ${tagText(owner.tag)})`
}

/** The exchange that gave the key. */
function exchangeOf({ owner }: Explanation, stream: JudgedStream): Exchange | undefined {
  return owner.exchange === undefined ? undefined : stream.exchangeOf?.(owner.exchange)
}
