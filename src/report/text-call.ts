import type { Call, Stream } from '../model/report.ts'
import { escapeText } from './escape.ts'
import { formatNumber, type Paint, type TextOptions, wrap } from './layout.ts'
import { sessionLines } from './text-session.ts'
import { streamsLines } from './text-streams.ts'

/** A call with its streams, a few lines. */
export function callLines(call: Call, streams: readonly Stream[], options: TextOptions, paint: Paint): string[] {
  const title = `${escapeText(call.from)} -> ${escapeText(call.to)}`
  const about = [
    `${call.startTime.slice(0, 19).replace('T', ' ')} UTC`,
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
    ...streamsLines(streams, options, paint),
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
  // Captures whose clocks cannot be compared.
  if (seconds < 0) return ''
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return `${formatNumber(Math.floor(whole / 60))} min ${whole % 60} s`
}
