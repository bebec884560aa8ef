import type { MediaDescriptionReport, SessionMedia } from '../../model/report.ts'
import { type Mark, type MarkContext, type Marker, NOTHING, otherSide } from './mark.ts'

const isSecure = (profile: string) => /SAVP|UDP\/TLS/i.test(profile)

function isKeyed({ crypto, keying = [], profile }: MediaDescriptionReport): boolean {
  return crypto.length > 0 || keying.length > 0 || isSecure(profile)
}

/** As its own profile, or as one of its potential configurations (RFC 5939). */
function offers({ profile, potentialProfiles = [] }: MediaDescriptionReport, taken: string): boolean {
  return profile === taken || potentialProfiles.includes(taken)
}

/** m=: port, profile, and the codec where no other line names it. */
export const mediaMarks: Marker = (line, context) => {
  const { media, side } = context
  const own = media?.[side]
  if (media === undefined || own === undefined) return NOTHING
  if (own.rejected) {
    return [
      { tone: 'note', text: side === 'answer' ? 'port 0: refused (RFC 3264 §6)' : 'port 0: ended, or not wanted' },
    ]
  }
  const { agreed } = media
  const marks: Mark[] = [...profileMarks(media, side)]
  if (agreed?.codec !== undefined && rtpmapOf(agreed.codec, context, line.section) === undefined) {
    marks.push({ tone: 'agreed', text: `agreed codec ${agreed.codec}` })
  }
  return marks
}

function profileMarks(media: SessionMedia, side: MarkContext['side']): readonly Mark[] {
  const [own, other] = [media[side], media[otherSide(side)]]
  if (own === undefined) return NOTHING
  const { profile } = own
  if (other !== undefined && !other.rejected && side === 'answer' && !offers(other, profile)) {
    return [{ tone: isSecure(profile) ? 'warning' : 'error', text: `${other.profile} was offered` }]
  }
  if (!isSecure(profile) && (isKeyed(own) || (other !== undefined && isKeyed(other)))) {
    return [{ tone: 'warning', text: `${profile}, though keying is there: SRTP is meant` }]
  }
  if (media.agreed?.profile !== profile) return NOTHING
  const { keying } = media.agreed
  if (keying === 'none') return [{ tone: 'note', text: 'agreed without protection' }]
  return [{ tone: 'agreed', text: `agreed ${profile}, keyed by ${keying.toUpperCase()}` }]
}

/** The line that names a codec in a section. */
function rtpmapOf(codec: string, { lines }: MarkContext, section: number) {
  return lines.find((line) => line.kind === 'a=rtpmap' && line.section === section && namesCodec(line.value, codec))
}

function namesCodec(value: string, codec: string): boolean {
  const named = value
    .slice(value.indexOf(' ') + 1)
    .trim()
    .toLowerCase()
  return named === codec.toLowerCase() || named.replace(/\/1$/, '') === codec.toLowerCase()
}

export const codecMarks: Marker = (line, context) => {
  const codec = context.media?.agreed?.codec
  if (codec === undefined || rtpmapOf(codec, context, line.section) !== line) return NOTHING
  return [{ tone: 'agreed', text: 'agreed codec' }]
}

const DIRECTION_TEXTS = {
  sendonly: 'sends only: the other side hears, and is not heard',
  recvonly: 'hears only',
  inactive: 'neither sends nor hears',
} as const

export const directionMarks: Marker = ({ kind }) => {
  const text = DIRECTION_TEXTS[kind.slice(2) as keyof typeof DIRECTION_TEXTS]
  return text === undefined ? NOTHING : [{ tone: 'note', text }]
}

export const rtcpMarks: Marker = ({ value }) => [{ tone: 'note', text: `RTCP at port ${value}` }]

/** RFC 8858, RFC 5761 §5.1.1: one port for both where both sides say so. */
export const rtcpMuxMarks: Marker = (line, { lines, side, session }) => {
  const others = side === 'offer' ? session.answerLines : session.offerLines
  if (others === undefined || line.section < 0 || lines.length === 0) return NOTHING
  const sections = others.join('\n').split(/\nm=/)
  return /\na=rtcp-mux\s*(\n|$)/.test(`${sections[line.section + 1] ?? ''}\n`)
    ? [{ tone: 'agreed', text: 'RTCP shares the port' }]
    : [{ tone: 'note', text: 'not said by the other side' }]
}

/** a=setup, a=fingerprint (RFC 5763) and a=zrtp-hash (RFC 6189): what may key the media, and whether it does. */
function keyingMarks(keying: 'dtls' | 'zrtp', text: (value: string) => string): Marker {
  return ({ value, section }, { session, media, side }) => {
    const sections = section < 0 ? session.media : media === undefined ? [] : [media]
    if (sections.some(({ agreed }) => agreed?.keying === keying)) return [{ tone: 'agreed', text: text(value) }]
    const isAnswered = sections.some((one) => one[otherSide(side)] !== undefined)
    return isAnswered ? [{ tone: 'note', text: `${keying.toUpperCase()} was not agreed` }] : NOTHING
  }
}

export const setupMarks = keyingMarks('dtls', (value) => `DTLS role: ${value}`)
export const fingerprintMarks = keyingMarks('dtls', () => 'the certificate that keys the media')
export const zrtpMarks = keyingMarks('zrtp', () => 'ZRTP keys the media')
