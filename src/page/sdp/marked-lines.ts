import type { Finding, Session, Stream } from '../../model/report.ts'
import { connectionMarks } from './address-marks.ts'
import { cryptoMarks } from './crypto-marks.ts'
import { findingMarks } from './finding-marks.ts'
import { type Mark, type MarkContext, type Marker, NOTHING } from './mark.ts'
import {
  codecMarks,
  directionMarks,
  fingerprintMarks,
  mediaMarks,
  rtcpMarks,
  rtcpMuxMarks,
  setupMarks,
  zrtpMarks,
} from './media-marks.ts'
import { alignLines, type SdpLine, sdpLines } from './sdp-lines.ts'

/** What is said of each kind of line. */
const MARKERS: Readonly<Record<string, Marker>> = {
  m: mediaMarks,
  c: connectionMarks,
  'a=crypto': cryptoMarks,
  'a=rtpmap': codecMarks,
  'a=sendonly': directionMarks,
  'a=recvonly': directionMarks,
  'a=inactive': directionMarks,
  'a=rtcp': rtcpMarks,
  'a=rtcp-mux': rtcpMuxMarks,
  'a=setup': setupMarks,
  'a=fingerprint': fingerprintMarks,
  'a=zrtp-hash': zrtpMarks,
}

export interface MarkedLine {
  readonly text: string
  readonly marks: readonly Mark[]
}

/** Offer and answer side by side. */
export interface MarkedPair {
  readonly offer?: MarkedLine
  readonly answer?: MarkedLine
}

/** The lines of an exchange, those of offer and answer that belong together beside each other, with what matters of each. */
export function markedLines(session: Session, streams: readonly Stream[], findings: readonly Finding[]): MarkedPair[] {
  const offer = sdpLines(session.offerLines ?? [])
  const answer = sdpLines(session.answerLines ?? [])
  const common = { session, streams, findings }
  const markOffer = markerOf({ ...common, side: 'offer', lines: offer })
  const markAnswer = markerOf({ ...common, side: 'answer', lines: answer })
  return alignLines(offer, answer).map((pair) => ({
    ...(pair.offer !== undefined && { offer: markOffer(pair.offer) }),
    ...(pair.answer !== undefined && { answer: markAnswer(pair.answer) }),
  }))
}

function markerOf(context: Omit<MarkContext, 'media'>): (line: SdpLine) => MarkedLine {
  const found = findingMarks({ ...context, media: undefined })
  return (line) => {
    const media = context.session.media[line.section]
    const own = MARKERS[line.kind]?.(line, { ...context, media }) ?? NOTHING
    return { text: line.text, marks: [...own, ...(found.get(line.index) ?? [])] }
  }
}
