import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Call, Finding, Session, Stream } from '../../model/report.ts'
import { legName } from '../../report/ladder/words.ts'
import type { Mark, MarkTone } from './mark.ts'
import { type MarkedLine, type MarkedPair, markedLines } from './marked-lines.ts'

/** A message whose description somebody wants to see. */
export interface WantedFrame {
  readonly frame: number
}

interface Props {
  readonly calls: readonly Call[]
  readonly streams: readonly Stream[]
  readonly findings: readonly Finding[]
  readonly wanted?: WantedFrame | undefined
}

/** How many exchanges are open from the start: the others are often the same again. */
const FIRST_OPEN = 1

/** Every offer beside its answer, with what matters of each line. */
export function Descriptions({ calls, streams, findings, wanted }: Props) {
  const exchanges = calls.flatMap((call, leg) => call.sessions.map((session) => ({ call, leg, session })))
  const described = exchanges.filter(({ session }) => session.offerLines !== undefined)
  return (
    <>
      {described.length === 0 && <p class="calm">No session description of this call was captured.</p>}
      {described.map(({ call, leg, session }, n) => (
        <Exchange
          key={`${call.callId} ${session.offerFrame} ${session.leg} ${session.answerFrame}`}
          name={calls.length > 1 ? `${legName(leg)}: ` : ''}
          session={session}
          streams={streams.filter(({ callId }) => callId === call.callId)}
          findings={findings.filter(({ callId }) => callId === undefined || callId === call.callId)}
          isFirst={n < FIRST_OPEN}
          wanted={wanted}
        />
      ))}
    </>
  )
}

interface ExchangeProps extends Omit<Props, 'calls'> {
  readonly name: string
  readonly session: Session
  readonly isFirst: boolean
}

function Exchange({ name, session, streams, findings, isFirst, wanted }: ExchangeProps) {
  const [isOpen, setOpen] = useState(isFirst)
  const place = useRef<HTMLDetailsElement>(null)
  const { offerFrame, offerSeen, answerFrame, leg, outcome } = session
  useEffect(() => {
    if (wanted === undefined || (wanted.frame !== offerFrame && wanted.frame !== answerFrame)) return
    setOpen(true)
    place.current?.scrollIntoView({ block: 'start' })
  }, [wanted, offerFrame, answerFrame])
  return (
    <details class="exchange" ref={place} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {name}
        <b>Offer</b> {offerSeen === false ? 'not captured' : `in frame ${offerFrame}`},{' '}
        {answerFrame === undefined ? outcome : `${outcome} in frame ${answerFrame}`}{' '}
        <span class="calm">{leg.replace(' > ', ' → ')}</span>
      </summary>
      {isOpen && <Lines session={session} streams={streams} findings={findings} />}
    </details>
  )
}

function Lines({ session, streams, findings }: Pick<ExchangeProps, 'session' | 'streams' | 'findings'>) {
  const pairs = useMemo(() => markedLines(session, streams, findings), [session, streams, findings])
  return (
    <table class="sdp">
      <thead>
        <tr>
          <th scope="col">Offer</th>
          <th scope="col">{session.answerLines === undefined ? 'No answer' : 'Answer'}</th>
        </tr>
      </thead>
      <tbody>
        {pairs.map((pair, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are what they are by their places
          <tr key={n} class={classOf(pair)}>
            <Cell line={pair.offer} side="Offer" />
            <Cell line={pair.answer} side="Answer" />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function classOf({ offer, answer }: MarkedPair): string | undefined {
  return (offer ?? answer)?.text.startsWith('m=') ? 'media-line' : undefined
}

function Cell({ line, side }: { readonly line: MarkedLine | undefined; readonly side: string }) {
  if (line === undefined) return <td class="absent" />
  const { text, marks } = line
  return (
    <td class={worstOf(marks)} data-side={side}>
      <code>{text}</code>
      {marks.map(({ tone, text: why }) => (
        <span key={why} class={`why-line ${tone}`}>
          <span aria-hidden="true">{SIGNS[tone]}</span> {why}
        </span>
      ))}
    </td>
  )
}

const SIGNS: Readonly<Record<MarkTone, string>> = { agreed: '✓', error: '✕', warning: '!', info: 'i', note: '·' }
const TONES: readonly MarkTone[] = ['error', 'warning', 'info', 'agreed', 'note']

function worstOf(marks: readonly Mark[]): MarkTone | undefined {
  return TONES.find((tone) => marks.some((mark) => mark.tone === tone))
}
