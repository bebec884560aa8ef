import type { Call, JoinedCallsReport } from '../../model/report.ts'
import { shownText, wrapped } from '../../report/cells.ts'
import { count } from '../../report/layout.ts'
import { ladderLines } from '../../report/text-ladder.ts'
import { type CallDetails, userOf, worstFirst } from './call-row.ts'
import { findingLines } from './finding-lines.ts'
import { offerAnswerLines } from './offer-answer-lines.ts'
import type { Paint } from './paint.ts'
import { streamLines } from './stream-lines.ts'
import { durationText } from './time-text.ts'

/** All that is known of a call: what is wrong first, then its streams, what was agreed, and its messages. */
export function callDetailLines(
  { call, streams, findings, joined }: CallDetails,
  columns: number,
  paint: Paint,
): string[] {
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', paint('bold', title), ...lines]
  return [
    ...headLines(call, joined, columns, paint),
    ...section(
      count(findings.length, 'finding'),
      worstFirst(findings).flatMap((finding, n) => [
        ...(n === 0 ? [] : ['']),
        ...findingLines(finding, columns, paint),
      ]),
    ),
    ...section(
      count(streams.length, 'stream'),
      streams.flatMap((stream) => streamLines(stream, columns, paint)),
    ),
    ...section('Offer and answer', offerAnswerLines(call, columns, paint)),
    ...section(count(call.messages, 'SIP message'), ladderLines({ calls: [call], streams, findings }, columns, paint)),
  ]
}

function headLines(call: Call, joined: JoinedCallsReport | undefined, columns: number, paint: Paint): string[] {
  const { callId, from, to, state, finalStatus, transport, legs, startTime, answerTime, endTime, messages } = call
  const talk =
    answerTime === undefined || endTime === undefined ? '' : durationText(Date.parse(endTime) - Date.parse(answerTime))
  const about = [
    `${state}${finalStatus === undefined ? '' : ` (${finalStatus})`}`,
    transport.toUpperCase(),
    `began ${startTime.slice(0, 19).replace('T', ' ')} UTC`,
    answerTime === undefined ? '' : `answered ${answerTime.slice(11, 19)}`,
    endTime === undefined ? '' : `ended ${endTime.slice(11, 19)}`,
    talk === '' ? '' : `talked ${talk}`,
    count(messages, 'SIP message'),
  ].filter((part) => part !== '')
  const field = (name: string, text: string) => wrapped(shownText(text), columns, name.padEnd(9))
  return [
    ...wrapped(shownText(`${userOf(from)} > ${userOf(to)}`), columns, '').map((line) => paint('bold', line)),
    ...wrapped(about.join(', '), columns, ''),
    ...field('From', from),
    ...field('To', to),
    ...field('Call-ID', callId),
    ...field(legs.length === 1 ? 'Leg' : 'Legs', legs.join(', ')),
    ...(joined === undefined ? [] : field('One with', joinedText(call, joined))),
  ]
}

/** The other calls that an SBC makes one of, in which the same people talk. */
function joinedText({ callId }: Call, { callIds, certainty }: JoinedCallsReport): string {
  return `${callIds.filter((other) => other !== callId).join(', ')} (${certainty})`
}
