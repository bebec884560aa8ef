import { tagText } from '../../model/crypto-tag.ts'
import type { Call, MediaDescriptionReport, Session, SessionMedia } from '../../model/report.ts'
import { shownText, wrapped } from '../../report/cells.ts'
import type { Paint } from './paint.ts'

/** Every offer with its answer: addresses, profiles, codecs, crypto lines with the fingerprints of their keys. */
export function offerAnswerLines({ sessions }: Call, columns: number, paint: Paint): string[] {
  return sessions.flatMap((session) => [
    ...wrapped(shownText(exchangeText(session)), columns, '   ', 5),
    ...session.media.flatMap((media) => mediaLines(media, columns, paint)),
  ])
}

function exchangeText({ offerFrame, offerSeen, answerFrame, leg, outcome }: Session): string {
  return `${offerSeen === false ? 'offer not captured' : `offer in frame ${offerFrame}`}, ${outcome}${answerFrame === undefined ? '' : ` in frame ${answerFrame}`} (${leg})`
}

function mediaLines({ kind, index, offer, answer, agreed }: SessionMedia, columns: number, paint: Paint): string[] {
  const result =
    agreed === undefined
      ? 'nothing agreed'
      : [agreed.profile, agreed.keying === 'none' ? 'no keying' : agreed.keying, agreed.suite, agreed.codec]
          .filter((part) => part !== undefined)
          .join(', ')
  return [
    ...wrapped(shownText(`${kind} (m= line ${index + 1}): ${result}`), columns, '     ', 7).map((line) =>
      paint('bold', line),
    ),
    ...sideLines('offer:  ', offer, columns),
    ...sideLines('answer: ', answer, columns),
  ]
}

function sideLines(name: string, side: MediaDescriptionReport | undefined, columns: number): string[] {
  if (side === undefined) return []
  const {
    endpoint,
    rtcpEndpoint,
    profile,
    direction,
    codecs,
    crypto,
    keying = [],
    candidates = [],
    rejected,
    cut,
  } = side
  const about = [
    `${endpoint} ${profile} ${rejected ? 'rejected' : direction}`,
    rtcpEndpoint === undefined ? '' : `RTCP ${rtcpEndpoint}`,
    codecs.join(' '),
    ...keying,
    candidates.length === 0 ? '' : `ICE ${candidates.join(' ')}`,
    cut ? 'the capture does not hold the rest' : '',
  ].filter((part) => part !== '')
  const indent = ' '.repeat(7)
  return [
    ...wrapped(shownText(about.join(', ')), columns, indent + name),
    ...crypto.flatMap((line) => wrapped(shownText(cryptoText(line)), columns, indent + ' '.repeat(name.length))),
  ]
}

function cryptoText({
  tag,
  suite,
  fingerprint,
  mki,
  sessionParameters = [],
  problem,
}: MediaDescriptionReport['crypto'][number]): string {
  return [
    `crypto ${tagText(tag)} ${suite}`,
    fingerprint === undefined ? '' : `key fingerprint ${fingerprint}`,
    mki === undefined ? '' : `MKI ${mki}`,
    ...sessionParameters,
    problem ?? '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}
