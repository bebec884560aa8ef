import { type Endpoint, formatEndpoint } from '../bytes/endpoint.ts'
import type { CryptoAttribute } from '../sdp/crypto-attribute.ts'
import type { MediaDescription } from '../sdp/description.ts'
import { currentAnswer, type Described, type Exchange } from '../sdp/exchange.ts'

export type Side = 'offerer' | 'answerer'

/** How the two sides of an m= line agreed to key their media; `none` is RTP in the clear. */
export type Keying = 'sdes' | 'dtls' | 'zrtp' | 'none'

/** Whether media is to be protected; not where nobody can say what was agreed. */
export function isProtecting(keying: Keying | undefined): boolean {
  return keying !== undefined && keying !== 'none'
}

/** All descriptions that a side gave in an exchange, oldest first. */
export function describedBy(exchange: Exchange, side: Side): readonly Described[] {
  return side === 'offerer' ? [exchange.offer] : exchange.answers
}

/** What a side sends by, and the answer that says by which of its lines. */
export interface Agreement {
  readonly own: Described
  readonly answer: Described | undefined
}

/**
 * All agreements of an exchange, oldest first: a 200 may answer otherwise than the 183 before it, and the early media of
 * both sides goes by the 183.
 */
export function agreementsOf({ offer, answers }: Exchange, side: Side): readonly Agreement[] {
  if (side === 'answerer') return answers.map((answer) => ({ own: answer, answer }))
  return answers.length === 0 ? [{ own: offer, answer: undefined }] : answers.map((answer) => ({ own: offer, answer }))
}

export function mediaOf(described: Described | undefined, index: number): MediaDescription | undefined {
  return described?.description.media[index]
}

/** Where a description says that media is received. */
type MediaPlace = Pick<MediaDescription, 'port' | 'portCount' | 'connection' | 'rtcp' | 'rtcpMux' | 'candidates'>

/** Where a side receives RTP for a description (RFC 4566 §5.7, §5.14), or nothing where it gave no address or refused. */
export function rtpEndpoint(media: Pick<MediaPlace, 'connection' | 'port'>): Endpoint | undefined {
  if (media.connection === undefined || media.port === 0) return undefined
  return { address: media.connection.address, port: media.port }
}

/** Where a side receives RTCP: a=rtcp (RFC 3605), the RTP port under rtcp-mux (RFC 5761), else the next port (RFC 3550 §11). */
export function rtcpEndpoint(media: Pick<MediaPlace, 'connection' | 'port' | 'rtcp'>): Endpoint | undefined {
  const rtp = rtpEndpoint(media)
  if (rtp === undefined) return undefined
  if (media.rtcp !== undefined) return { address: media.rtcp.address ?? rtp.address, port: media.rtcp.port }
  return { address: rtp.address, port: rtp.port + 1 }
}

/** Every address that media for a description may be sent to, as `formatEndpoint` text, by the kind of packet. */
export function endpointsOf(media: MediaPlace): {
  readonly rtp: readonly string[]
  readonly rtcp: readonly string[]
} {
  const rtp = rtpEndpoint(media)
  const rtcp = rtcpEndpoint(media)
  const toRtp = rtp === undefined ? [] : [formatEndpoint(rtp)]
  const toRtcp = rtcp === undefined ? [] : [formatEndpoint(rtcp)]
  // RTCP that comes to the port of RTP is of it too, where nobody agreed on that (RFC 5761 §5.1.1).
  if (rtp !== undefined) toRtcp.push(formatEndpoint(rtp))
  // A port count (RFC 4566 §5.14) stands for as many RTP and RTCP pairs.
  for (let pair = 1; rtp !== undefined && pair < Math.min(media.portCount, 16); pair++) {
    toRtp.push(formatEndpoint({ address: rtp.address, port: rtp.port + pair * 2 }))
    toRtcp.push(formatEndpoint({ address: rtp.address, port: rtp.port + pair * 2 + 1 }))
  }
  for (const candidate of media.candidates) {
    const text = formatEndpoint(candidate)
    if (candidate.component === 2) toRtcp.push(text)
    else toRtp.push(text)
    if (media.rtcpMux) toRtcp.push(text)
  }
  return { rtp: toRtp, rtcp: toRtcp }
}

/** The same ports at another address: where a NAT stands, that which the signalling came from. */
export function endpointsAt(media: MediaDescription, address: string): ReturnType<typeof endpointsOf> {
  const { port, portCount, rtcpMux } = media
  const rtcp = media.rtcp === undefined ? undefined : { port: media.rtcp.port }
  const connection = { address, addressKind: address.includes(':') ? ('ip6' as const) : ('ip4' as const) }
  return endpointsOf({ port, portCount, rtcpMux, connection, rtcp, candidates: [] })
}

/**
 * The crypto lines that are agreed for what `side` sends (RFC 4568 §5.1.2): those of its own description under the
 * accepted tag; every line of its own where there is no answer yet, the answer carries no crypto, or it names a tag
 * that was not offered. Of an offer that is cut, the line of the accepted tag may be among those that are missing.
 */
export function agreedCrypto(index: number, side: Side, agreement: Agreement): readonly CryptoAttribute[] {
  const { crypto: own, isCut } = mediaOf(agreement.own, index) ?? NO_LINES
  if (side === 'answerer' || (own.length < 2 && !isCut)) return own
  const answered = mediaOf(agreement.answer, index)?.crypto ?? []
  const accepted = own.filter((line) => answered.some((answer) => isAccepted(line, answer, own)))
  return accepted.length > 0 || (isCut && answered.length > 0) ? accepted : own
}

/** What an answer names a line by. */
type Named = Pick<CryptoAttribute, 'tag' | 'suite'>

/**
 * Whether an answer accepts a line of the offer: of those that have one tag it is the one of the answer's suite. Where its tag
 * is that of one line and its suite that of another (some answer every offer with tag 1), either may be what it means.
 */
export function isAccepted(line: Named, { tag, suite }: Named, offered: readonly Named[]): boolean {
  if (line.tag !== tag && line.suite !== suite) return false
  if (line.tag === tag && line.suite === suite) return true
  const ofTag = offered.filter((one) => one.tag === tag)
  return ofTag.length > 0 && !ofTag.some((one) => one.suite === suite)
}

const NO_LINES: Pick<MediaDescription, 'crypto' | 'isCut'> = { crypto: [], isCut: false }

/** The answers that took an m= line, oldest first; where none did, what there is. */
export function answersTaking(exchange: Exchange, index: number): readonly (Described | undefined)[] {
  const taking = exchange.answers.filter((answer) => mediaOf(answer, index)?.rejected === false)
  return taking.length > 0 ? taking : [currentAnswer(exchange)]
}

/**
 * How the media of an m= line is keyed by agreement, or would be by the offer alone while there is no answer. On a profile
 * without protection an answer may only take up keying that was offered (RFC 4568 §5.1.2). Undefined where the lines that
 * would say so are not in the capture.
 */
export function agreedKeying(
  exchange: Exchange,
  index: number,
  answered = currentAnswer(exchange),
): Keying | undefined {
  const offer = mediaOf(exchange.offer, index)
  const answer = mediaOf(answered, index)
  // An answer has the profile of its offer (RFC 3264 §6).
  if (answer === undefined && answered?.truncated && !isSecureProfile(offer?.protocol ?? '')) return undefined
  const last = answer ?? offer
  const isOfferCut = offer === undefined ? exchange.offer.truncated : offer.isCut
  if (last === undefined) return isOfferCut ? undefined : 'none'
  if (offer === undefined && !isOfferCut) return 'none'
  const { protocol, crypto, fingerprints } = last
  if (crypto.length > 0 && (isOfferCut || offer?.crypto.length !== 0 || isSecureProfile(protocol))) return 'sdes'
  if (fingerprints.length > 0 && (isOfferCut || offer?.fingerprints.length !== 0 || isSecureProfile(protocol)))
    return 'dtls'
  if (offer?.zrtpHash && last.zrtpHash) return 'zrtp'
  // A secure profile without keys in it is still an agreement to protect.
  if (isSecureProfile(protocol)) return 'sdes'
  return last.isCut || (last.zrtpHash && isOfferCut) ? undefined : 'none'
}

/** RTP/SAVP, RTP/SAVPF and their forms over DTLS and TCP. */
export function isSecureProfile(protocol: string): boolean {
  return /SAVPF?$/i.test(protocol)
}
