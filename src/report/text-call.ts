import type { Call, Stream } from '../model/report.ts'
import { escapeText } from './escape.ts'
import { formatNumber, type Paint, type TextOptions, wrap } from './layout.ts'
import { sessionLines } from './text-session.ts'

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
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return `${formatNumber(Math.floor(whole / 60))} min ${whole % 60} s`
}

/** A stream: where from and to, what, and what became of its packets. */
export function streamLines(stream: Stream, options: TextOptions, paint: Paint): string[] {
  const [ink, mark] = verdictMark(stream)
  const facts = [
    stream.suite ?? '',
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
    ...wrap(escapeText(facts.join(', ')), options.width, '      '),
    ...(stream.explanation === undefined ? [] : wrap(escapeText(stream.explanation.text), options.width, '      ')),
  ]
  return lines.map((line, n) => (n === 0 ? `  ${paint(ink, mark)}${line.slice(3)}` : line))
}

function verdictMark({ failed, plain, verified, packets }: Stream) {
  if (failed > 0) return ['red', 'x'] as const
  if (verified === packets) return ['green', '+'] as const
  return plain > 0 ? (['yellow', '!'] as const) : (['dim', '?'] as const)
}

function verdictText({ packets, verified, failed, plain, unverified, unverifiedReason }: Stream): string {
  const verdicts: readonly (readonly [number, string])[] = [
    [verified, 'verified'],
    [failed, 'failed'],
    [plain, 'in the clear'],
    [unverified, unverifiedReason === undefined ? 'unverified' : `unverified (${unverifiedReason})`],
  ]
  const seen = verdicts.filter(([n]) => n > 0)
  if (seen.length === 1) return `${packets === 1 ? '1' : `all ${formatNumber(packets)}`} ${seen[0][1]}`
  return `${seen.map(([n, verdict]) => `${formatNumber(n)} ${verdict}`).join(', ')} of ${formatNumber(packets)}`
}
