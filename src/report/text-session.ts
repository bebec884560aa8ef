import { tagText } from '../model/crypto-tag.ts'
import type { Call, MediaDescriptionReport, Session, SessionMedia } from '../model/report.ts'
import { escapeText } from './escape.ts'
import { type TextOptions, wrap } from './layout.ts'

/** Every offer of a call with its answer, an m= line at a time. */
export function sessionLines({ sessions }: Call, { width }: TextOptions): string[] {
  return sessions.flatMap((session) => [
    ...wrap(escapeText(exchangeText(session)), width, '  ', 4),
    ...session.media.flatMap((media) => mediaLines(media, session, width)),
  ])
}

function exchangeText({ offerFrame, offerSeen, answerFrame, leg, outcome }: Session): string {
  const answer = answerFrame === undefined ? outcome : `${outcome} in frame ${answerFrame}`
  return `${offerSeen === false ? 'offer not captured' : `offer in frame ${offerFrame}`}, ${answer} (${leg})`
}

function mediaLines(
  { kind, index, offer, answer, agreed }: SessionMedia,
  { offerSeen }: Session,
  width: number,
): string[] {
  const isCut = offer?.cut === true || answer?.cut === true || (offer === undefined && offerSeen === false)
  const result =
    agreed === undefined
      ? isCut
        ? 'what was agreed is not in the capture'
        : 'nothing agreed'
      : [agreed.profile, keyingText(agreed), agreed.codec ?? ''].filter((part) => part !== '').join(', ')
  return [
    ...wrap(escapeText(`${kind} (m= line ${index + 1}): ${result}`), width, '    ', 6),
    ...(offer === undefined ? [] : wrap(escapeText(sideText(offer)), width, '      offer:  ')),
    ...(answer === undefined ? [] : wrap(escapeText(sideText(answer)), width, '      answer: ')),
  ]
}

function keyingText({ keying, suite }: NonNullable<SessionMedia['agreed']>): string {
  return keying === 'none' ? 'no keying' : [keying.toUpperCase(), suite ?? ''].filter((part) => part !== '').join(' ')
}

function sideText(side: MediaDescriptionReport): string {
  const { endpoint, profile, direction, codecs, crypto, keying = [], rejected, cut } = side
  return [
    `${endpoint} ${profile} ${rejected ? 'rejected' : direction}`,
    codecs.join(' '),
    ...crypto.map(
      ({ tag, suite, problem }) => `crypto ${tagText(tag)} ${suite}${problem === undefined ? '' : ` (${problem})`}`,
    ),
    ...keying,
    cut ? 'the capture does not hold the rest' : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}
