import type { Call } from '../../model/report.ts'
import type { TimeAxis } from './time-axis.ts'

/** A moment of the call's signalling that media is to be seen against. */
export interface CallEvent {
  readonly ms: number
  readonly text: string
}

/** The same request passes several hops within this time. */
const ONE_EVENT_MS = 1000
const MOST_EVENTS = 40
const REQUESTS = new Set(['UPDATE', 'BYE', 'CANCEL', 'REFER'])

/** INVITE, answer, re-INVITE, BYE, and refusals, in their order. */
export function eventsOf({ ladder, startTime, answerTime, endTime }: Call): CallEvent[] {
  if (ladder === undefined) {
    const times = { INVITE: startTime, answer: answerTime, end: endTime }
    return Object.entries(times).flatMap(([text, time]) => (time === undefined ? [] : [{ ms: Date.parse(time), text }]))
  }
  const events: CallEvent[] = []
  const lastOf = new Map<string, number>()
  let isAnswered = false
  for (const { label, time, repeated } of ladder) {
    const text = repeated === true ? undefined : eventText(label, isAnswered)
    if (text === undefined) continue
    if (text === 'answer') isAnswered = true
    const ms = Date.parse(time)
    const before = lastOf.get(text)
    lastOf.set(text, ms)
    if (before !== undefined && ms - before < ONE_EVENT_MS) continue
    if (events.length < MOST_EVENTS) events.push({ ms, text })
  }
  return events
}

function eventText(label: string, isAnswered: boolean): string | undefined {
  if (label === 'INVITE') return isAnswered ? 're-INVITE' : 'INVITE'
  if (REQUESTS.has(label)) return label
  const [, status = ''] = /^(\d{3}).*\(INVITE\)$/.exec(label) ?? []
  if (status.startsWith('2')) return isAnswered ? undefined : 'answer'
  return status >= '300' ? status : undefined
}

/** An event in its place; its text has a line of its own where two would touch, and none where there is no room. */
export interface PlacedEvent extends CallEvent {
  readonly x: number
  readonly line: number
  readonly anchor: 'start' | 'end'
}

export const EVENT_LINES = 3
const LETTER_PX = 6.5
const GAP_PX = 10

export function placeEvents(events: readonly CallEvent[], { x, fromMs, toMs }: TimeAxis): PlacedEvent[] {
  const ends: number[] = Array(EVENT_LINES).fill(Number.NEGATIVE_INFINITY)
  const right = x(toMs)
  return events
    .filter(({ ms }) => ms >= fromMs && ms <= toMs)
    .map((event) => {
      const at = x(event.ms)
      const width = event.text.length * LETTER_PX + GAP_PX
      const anchor = at + width > right ? 'end' : 'start'
      const [from, to] = anchor === 'end' ? [at - width, at] : [at, at + width]
      const line = ends.findIndex((end) => end <= from)
      if (line >= 0) ends[line] = to
      return { ...event, x: at, line, anchor }
    })
}
