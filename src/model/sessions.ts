import { formatEndpoint } from '../bytes/endpoint.ts'
import { agreedKeying, mediaOf, rtcpEndpoint, rtpEndpoint } from '../media/media-line.ts'
import { keyFingerprintsOf, keyProblemOf, suiteNameOf } from '../media/sdes-keys.ts'
import type { CryptoAttribute } from '../sdp/crypto-attribute.ts'
import type { Codec, MediaDescription } from '../sdp/description.ts'
import { currentAnswer, type Described, type Exchange } from '../sdp/exchange.ts'
import type { Draft } from '../sip/message.ts'
import { legText } from './leg-text.ts'
import type { CryptoReport, MediaDescriptionReport, Session, SessionMedia } from './report.ts'

/** An exchange as the report shows it, its members in the report's order. */
export function describeSession(exchange: Exchange, severalCaptures: boolean): Session {
  const { offer, state } = exchange
  const answer = currentAnswer(exchange)
  const count = Math.max(offer.description.media.length, answer?.description.media.length ?? 0)
  const session: Partial<Draft<Session>> = { offerFrame: offer.at.frame }
  if (!exchange.offerSeen) session.offerSeen = false
  if (answer !== undefined) session.answerFrame = answer.at.frame
  if (severalCaptures) session.capture = offer.at.capture
  session.leg = legText({ source: exchange.hop.offerer, destination: exchange.hop.answerer })
  session.outcome = state === 'pending' ? 'unanswered' : state
  const media: SessionMedia[] = []
  for (let index = 0; index < count; index++) media.push(describeLine(exchange, index, answer))
  session.media = media
  if (offer.shown !== undefined) session.offerLines = offer.shown.split('\n')
  if (answer?.shown !== undefined) session.answerLines = answer.shown.split('\n')
  return session as Session
}

function describeLine(exchange: Exchange, index: number, answered: Described | undefined): SessionMedia {
  const offer = mediaOf(exchange.offer, index)
  const answer = mediaOf(answered, index)
  const line: Draft<SessionMedia> = { index, kind: (offer ?? answer)?.kind ?? '' }
  if (offer !== undefined) line.offer = describeMedia(offer)
  if (answer !== undefined) line.answer = describeMedia(answer)
  if (exchange.state === 'answered' && offer !== undefined && answer !== undefined && !answer.rejected) {
    const agreed = describeAgreement(exchange, index, offer, answer)
    if (agreed !== undefined) line.agreed = agreed
  }
  return line
}

function describeAgreement(
  exchange: Exchange,
  index: number,
  offer: MediaDescription,
  answer: MediaDescription,
): SessionMedia['agreed'] {
  const keying = agreedKeying(exchange, index)
  if (keying === undefined) return undefined
  const [crypto] = answer.crypto
  const codec = agreedCodec(offer, answer)
  const agreed: Draft<NonNullable<SessionMedia['agreed']>> = { profile: answer.protocol, keying }
  if (keying === 'sdes' && crypto !== undefined) agreed.suite = suiteNameOf(crypto)
  if (codec !== undefined) agreed.codec = formatCodec(codec)
  return agreed
}

/** RFC 3264 §6.1: the answerer's first format that the offer also has; a payload type's own name where numbers differ. */
export function agreedCodec(offer: MediaDescription, answer: MediaDescription): Codec | undefined {
  let first: Codec | undefined
  for (const codec of answer.codecs) {
    if (isAuxiliary(codec)) continue
    if (offer.codecs.some((other) => sameCodec(codec, other))) return codec
    first ??= codec
  }
  return first
}

/** Telephone events and comfort noise come beside a codec (RFC 4733, RFC 3389). */
export function isAuxiliary({ name }: Codec): boolean {
  return /^(telephone-event|CN)$/i.test(name)
}

function sameCodec(a: Codec, b: Codec): boolean {
  return a.clockRate === b.clockRate && (a.name === b.name || a.name.toLowerCase() === b.name.toLowerCase())
}

export function formatCodec({ name, clockRate, channels }: Codec): string {
  const rate = clockRate > 0 ? `/${clockRate}` : ''
  return channels !== undefined && channels > 1 ? `${name}${rate}/${channels}` : `${name}${rate}`
}

/** The texts of lists of codecs; descriptions share lists that are alike. */
const CODEC_TEXTS = new Map<readonly Codec[], readonly string[]>()
const MOST_LISTS = 256

function codecTexts(codecs: readonly Codec[]): readonly string[] {
  const known = CODEC_TEXTS.get(codecs)
  if (known !== undefined) return known
  if (CODEC_TEXTS.size >= MOST_LISTS) CODEC_TEXTS.clear()
  const texts = codecs.map(formatCodec)
  CODEC_TEXTS.set(codecs, texts)
  return texts
}

function describeMedia(media: MediaDescription): MediaDescriptionReport {
  const { port, candidates, crypto, rejected, isCut } = media
  const rtp = rtpEndpoint(media)
  const rtcp = media.rtcp === undefined ? undefined : rtcpEndpoint(media)
  const keying = keyingOf(media)
  const described: Partial<Draft<MediaDescriptionReport>> = {
    endpoint: formatEndpoint(rtp ?? { address: media.connection?.address ?? '0.0.0.0', port }),
  }
  if (rtcp !== undefined) described.rtcpEndpoint = formatEndpoint(rtcp)
  described.profile = media.protocol
  if (media.potentialProfiles !== undefined) described.potentialProfiles = media.potentialProfiles
  described.direction = media.direction
  described.codecs = codecTexts(media.codecs)
  described.crypto = crypto.map(describeCrypto)
  if (keying !== undefined) described.keying = keying
  if (candidates.length > 0) described.candidates = [...new Set(candidates.map(formatEndpoint))]
  if (rejected) described.rejected = true
  if (isCut) described.cut = true
  return described as MediaDescriptionReport
}

/** What keys the media beside a=crypto. */
function keyingOf({ fingerprints, zrtpHash, keyMgmt }: MediaDescription): MediaDescriptionReport['keying'] {
  const keying: NonNullable<MediaDescriptionReport['keying']>[number][] = []
  if (fingerprints.length > 0) keying.push('dtls')
  if (zrtpHash) keying.push('zrtp')
  if (keyMgmt.includes('mikey')) keying.push('mikey')
  return keying.length > 0 ? keying : undefined
}

function describeCrypto(crypto: CryptoAttribute): CryptoReport {
  const fingerprints = keyFingerprintsOf(crypto)
  const [fingerprint] = fingerprints
  const problem = keyProblemOf(crypto)
  const mki = crypto.keys[0]?.mki
  const described: Draft<CryptoReport> = { tag: crypto.tag, suite: suiteNameOf(crypto) }
  if (fingerprint !== undefined) described.fingerprint = fingerprint
  if (mki !== undefined) described.mki = Buffer.from(mki.value).toString('hex')
  if (crypto.sessionParameters.raw.length > 0) described.sessionParameters = crypto.sessionParameters.raw
  const ambiguous = fingerprints.length > 1 ? ambiguousKeysOf(crypto) : undefined
  if (ambiguous !== undefined) described.ambiguousKeyFingerprints = ambiguous
  if (problem !== undefined) described.problem = problem
  return described
}

/** RFC 4568 §6.1: of several keys each has an MKI of its own, and all of one length, or nobody knows where it stands in a packet. */
function ambiguousKeysOf(crypto: CryptoAttribute): readonly string[] | undefined {
  const keys = crypto.keys.filter(({ isForFec }) => isForFec !== true)
  const values = keys.map(({ mki }) => (mki === undefined ? '' : Buffer.from(mki.value).toString('hex')))
  const areToldApart =
    new Set(values).size === keys.length && values.every((value) => value !== '' && value.length === values[0].length)
  const fingerprints = areToldApart ? [] : keyFingerprintsOf({ ...crypto, keys })
  return fingerprints.length > 1 ? fingerprints : undefined
}
