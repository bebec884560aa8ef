import { formatEndpoint } from '../bytes/endpoint.ts'
import { agreedCrypto, agreedKeying, mediaOf, rtcpEndpoint, rtpEndpoint } from '../media/media-line.ts'
import { keyProblemOf, masterKeysOf } from '../media/sdes-keys.ts'
import type { CryptoAttribute } from '../sdp/crypto-attribute.ts'
import type { Codec, MediaDescription } from '../sdp/description.ts'
import { currentAnswer, type Exchange } from '../sdp/exchange.ts'
import { fingerprint } from '../srtp/session-keys.ts'
import { suiteByName } from '../srtp/suites.ts'
import type { CryptoReport, MediaDescriptionReport, Session, SessionMedia } from './report.ts'

/** An exchange as the report shows it. */
export function describeSession(exchange: Exchange, severalCaptures: boolean): Session {
  const answer = currentAnswer(exchange)
  const count = Math.max(exchange.offer.description.media.length, answer?.description.media.length ?? 0)
  return {
    offerFrame: exchange.offer.at.frame,
    ...(answer !== undefined && { answerFrame: answer.at.frame }),
    ...(severalCaptures && { capture: exchange.offer.at.capture }),
    leg: `${formatEndpoint(exchange.hop.offerer)} > ${formatEndpoint(exchange.hop.answerer)}`,
    outcome: exchange.state === 'pending' ? 'unanswered' : exchange.state,
    media: Array.from({ length: count }, (_, index) => describeLine(exchange, index)),
  }
}

function describeLine(exchange: Exchange, index: number): SessionMedia {
  const offer = mediaOf(exchange.offer, index)
  const answered = currentAnswer(exchange)
  const answer = mediaOf(answered, index)
  return {
    index,
    kind: (offer ?? answer)?.kind ?? '',
    ...(offer !== undefined && { offer: describeMedia(offer) }),
    ...(answer !== undefined && { answer: describeMedia(answer) }),
    ...(exchange.state === 'answered' &&
      offer !== undefined &&
      answer !== undefined &&
      !answer.rejected && { agreed: describeAgreement(exchange, index, offer, answer) }),
  }
}

function describeAgreement(exchange: Exchange, index: number, offer: MediaDescription, answer: MediaDescription) {
  const keying = agreedKeying(exchange, index)
  const answered = currentAnswer(exchange)
  const crypto = answered === undefined ? undefined : agreedCrypto(exchange, index, 'answerer', answered)[0]
  const codec = agreedCodec(offer, answer)
  return {
    profile: answer.protocol,
    keying,
    ...(keying === 'sdes' && crypto !== undefined && { suite: suiteName(crypto) }),
    ...(codec !== undefined && { codec: formatCodec(codec) }),
  }
}

/** RFC 3264 §6.1: the answerer's first format that the offer also has; a payload type's own name where numbers differ. */
export function agreedCodec(offer: MediaDescription, answer: MediaDescription): Codec | undefined {
  const auxiliary = /^(telephone-event|CN)$/i
  const main = answer.codecs.filter((codec) => !auxiliary.test(codec.name))
  return main.find((codec) => offer.codecs.some((other) => sameCodec(codec, other))) ?? main[0]
}

function sameCodec(a: Codec, b: Codec): boolean {
  return a.name.toLowerCase() === b.name.toLowerCase() && a.clockRate === b.clockRate
}

export function formatCodec({ name, clockRate, channels }: Codec): string {
  const rate = clockRate > 0 ? `/${clockRate}` : ''
  return channels !== undefined && channels > 1 ? `${name}${rate}/${channels}` : `${name}${rate}`
}

function describeMedia(media: MediaDescription): MediaDescriptionReport {
  const rtp = rtpEndpoint(media)
  const rtcp = rtcpEndpoint(media)
  const keying = [
    ...(media.fingerprints.length > 0 ? (['dtls'] as const) : []),
    ...(media.zrtpHash ? (['zrtp'] as const) : []),
    ...(media.keyMgmt.includes('mikey') ? (['mikey'] as const) : []),
  ]
  const candidates = [...new Set(media.candidates.map((candidate) => formatEndpoint(candidate)))]
  return {
    endpoint: formatEndpoint(rtp ?? { address: media.connection?.address ?? '0.0.0.0', port: media.port }),
    ...(media.rtcp !== undefined && rtcp !== undefined && { rtcpEndpoint: formatEndpoint(rtcp) }),
    profile: media.protocol,
    direction: media.direction,
    codecs: media.codecs.map(formatCodec),
    crypto: media.crypto.map(describeCrypto),
    ...(keying.length > 0 && { keying }),
    ...(candidates.length > 0 && { candidates }),
    ...(media.rejected && { rejected: true }),
  }
}

function describeCrypto(crypto: CryptoAttribute): CryptoReport {
  const [master] = masterKeysOf(crypto)
  const problem = keyProblemOf(crypto)
  const mki = crypto.keys[0]?.mki
  return {
    tag: crypto.tag,
    suite: suiteName(crypto),
    ...(master !== undefined && { fingerprint: fingerprint(master.masterKey, master.masterSalt) }),
    ...(mki !== undefined && { mki: Buffer.from(mki.value).toString('hex') }),
    ...(crypto.sessionParameters.raw.length > 0 && { sessionParameters: crypto.sessionParameters.raw }),
    ...(problem !== undefined && { problem }),
  }
}

function suiteName(crypto: CryptoAttribute): string {
  return suiteByName(crypto.suite)?.name ?? crypto.suite
}
