import type { Call, Stream } from '../model/report.ts'
import { escapeText } from './escape.ts'
import { formatNumber, type Paint, type TextOptions, wrap } from './layout.ts'

/** A call with its streams, a few lines. */
export function callLines(call: Call, streams: readonly Stream[], options: TextOptions, paint: Paint): string[] {
  const title = `${escapeText(call.from)} -> ${escapeText(call.to)}`
  const about = [
    call.startTime.slice(0, 19).replace('T', ' '),
    stateText(call),
    durationText(call),
    call.transport.toUpperCase(),
    call.legs.length > 1 ? `${call.legs.length} legs` : '',
  ].filter((part) => part !== '')
  return [
    ...wrap(title, options.width, '', 2).map((line, n) => (n === 0 ? paint('bold', line) : line)),
    ...wrap(about.join(', '), options.width, '  '),
    ...wrap(`Call-ID ${escapeText(call.callId)}`, options.width, '  ').map((line) => paint('dim', line)),
    ...(options.verbose ? sessionLines(call, options) : []),
    ...streams.flatMap((stream) => streamLines(stream, options, paint)),
  ]
}

function stateText({ state, finalStatus }: Call): string {
  return finalStatus !== undefined && state !== 'completed' && state !== 'established'
    ? `${state} (${finalStatus})`
    : state
}

function durationText({ answerTime, endTime }: Call): string {
  if (answerTime === undefined || endTime === undefined) return ''
  const seconds = (Date.parse(endTime) - Date.parse(answerTime)) / 1000
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

function sessionLines({ sessions }: Call, { width }: TextOptions): string[] {
  return sessions.flatMap(({ offerFrame, answerFrame, leg, outcome, media }) => [
    ...wrap(
      `offer in frame ${offerFrame}${answerFrame === undefined ? '' : `, answer in frame ${answerFrame}`}: ${outcome} (${leg})`,
      width,
      '  ',
      4,
    ),
    ...media.flatMap(({ kind, offer, answer, agreed }) => {
      const sides = [offer, answer].map((side) =>
        side === undefined
          ? '-'
          : [
              side.endpoint,
              side.profile,
              side.direction,
              side.crypto.map(({ tag, suite }) => `${tag}:${suite}`).join(' '),
            ].join(' '),
      )
      const result =
        agreed === undefined ? '' : ` => ${agreed.profile}, ${agreed.keying}${agreed.codec ? `, ${agreed.codec}` : ''}`
      return wrap(escapeText(`${kind}: ${sides.join('  |  ')}${result}`), width, '    ', 6)
    }),
  ])
}

/** A stream: where from and to, what, and what became of its packets. */
export function streamLines(stream: Stream, options: TextOptions, paint: Paint): string[] {
  const [ink, mark] = verdictMark(stream)
  const facts = [
    stream.suite ?? (stream.protection === 'plain' ? 'in the clear' : ''),
    verdictText(stream),
    stream.lost ? `${formatNumber(stream.lost)} lost` : '',
    stream.maxJitterMs !== undefined && stream.maxJitterMs >= 1 ? `jitter ${stream.maxJitterMs.toFixed(1)} ms` : '',
    stream.captureDuplicates ? `seen twice: ${formatNumber(stream.captureDuplicates)}` : '',
  ].filter((part) => part !== '')
  const what = [stream.kind.toUpperCase(), stream.codec ?? '', `${stream.src} > ${stream.dst}`].filter(
    (part) => part !== '',
  )
  const lines = [
    ...wrap(escapeText(what.join(' ')), options.width, `  ${mark} `, 6),
    ...wrap(facts.join(', '), options.width, '      '),
    ...(stream.explanation === undefined ? [] : wrap(escapeText(stream.explanation.text), options.width, '      ')),
  ]
  return lines.map((line, n) => (n === 0 ? line.replace(mark, paint(ink, mark)) : line))
}

function verdictMark({ failed, plain, verified, packets }: Stream) {
  if (failed > 0) return ['red', 'x'] as const
  if (verified === packets) return ['green', '+'] as const
  return plain > 0 ? (['yellow', '!'] as const) : (['dim', '?'] as const)
}

function verdictText({ packets, verified, failed, plain, unverified, unverifiedReason }: Stream): string {
  const parts = [
    verified > 0 ? `${formatNumber(verified)} verified` : '',
    failed > 0 ? `${formatNumber(failed)} failed` : '',
    plain > 0 ? `${formatNumber(plain)} in the clear` : '',
    unverified > 0 ? `${formatNumber(unverified)} unverified (${unverifiedReason ?? 'no reason known'})` : '',
  ].filter((part) => part !== '')
  return `${parts.join(', ')} of ${formatNumber(packets)}`
}
