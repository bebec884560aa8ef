import type { ComponentChildren } from 'preact'
import type { JoinEvidence } from '../../model/report.ts'
import { count } from '../../report/layout.ts'
import type { CallDetail, PageReport } from '../report.ts'
import { callHash } from '../route.ts'
import { durationText, KEYING, partyText, SECURITY, timeText } from '../words.ts'

const JOINED_BY: Readonly<Record<JoinEvidence, string>> = {
  'session-id': 'the same Session-ID',
  media: 'the same media',
  parties: 'parties and times that fit',
}

/** Who, when, how: the head of a call. */
export function CallFacts({ report, detail }: { readonly report: PageReport; readonly detail: CallDetail }) {
  const { rows } = report.index
  const { row, call, joined } = detail
  const { from, to, callId, state, finalStatus, transport, startTime, answerTime, endTime, legs, messages } = call
  const seconds = rows.seconds[row]
  const security = [SECURITY[rows.security[row]], KEYING[rows.keying[row]], rows.suite[row]]
  return (
    <header class="summary">
      <h1>
        {partyText(from)} <span class="unseen">to</span>
        <span aria-hidden="true">→</span> {partyText(to)}
      </h1>
      <dl class="facts">
        <Fact name="Call-ID">
          <code>{callId}</code>
        </Fact>
        <Fact name="State">{finalStatus === undefined ? state : `${state}, ${finalStatus}`}</Fact>
        <Fact name="Began">{timeText(startTime)} UTC</Fact>
        {answerTime !== undefined && <Fact name="Answered">{timeText(answerTime)}</Fact>}
        {endTime !== undefined && (
          <Fact name="Ended">
            {timeText(endTime)}
            {seconds >= 0 && ` (${durationText(seconds)})`}
          </Fact>
        )}
        <Fact name="Signalling">
          {count(messages, 'message')} over {transport.toUpperCase()}: {legs.slice(0, 6).join(', ')}
          {legs.length > 6 && ` and ${legs.length - 6} more`}
        </Fact>
        <Fact name="Media">{security.filter((part) => part !== '' && part !== '–').join(', ') || 'none'}</Fact>
        {joined !== undefined && (
          <Fact name={joined.certainty === 'certain' ? 'One call with' : 'Likely one call with'}>
            {joined.rows
              .filter((other) => other !== row)
              .map((other) => (
                <a key={other} href={callHash(rows.callId[other])}>
                  {rows.callId[other]}
                </a>
              ))}{' '}
            ({joined.by.map((one) => JOINED_BY[one]).join(', ')})
          </Fact>
        )}
      </dl>
    </header>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
