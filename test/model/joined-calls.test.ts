import { describe, expect, test } from 'vitest'
import type { AnalysedStream } from '../../src/model/analysis.ts'
import { joinCalls } from '../../src/model/joined-calls.ts'
import type { SipCall } from '../../src/sip/call.ts'
import { streamOf } from '../rules/media-trace.ts'

const [CALLER, SBC, SBC_INSIDE, CALLEE] = ['203.0.113.10', '198.51.100.1', '10.0.0.1', '10.0.0.20']

interface LegOptions {
  readonly callId?: string
  readonly source?: string
  readonly destination?: string
  readonly from?: string
  readonly to?: string
  readonly start?: number
  readonly answer?: number | undefined
  readonly end?: number | undefined
  readonly sessionEnds?: string
}

/** A call over one hop; times in seconds. */
function leg(options: LegOptions = {}): SipCall {
  const { callId = 'one', source = CALLER, destination = SBC, start = 0 } = options
  const [answer, end] = ['answer' in options ? options.answer : start + 3, 'end' in options ? options.end : start + 60]
  const us = (seconds: number) => seconds * 1e6
  return {
    kind: 'call',
    callId,
    from: options.from ?? 'sip:+14155550100@example.com',
    to: options.to ?? 'sip:+442071838750@example.com',
    state: 'completed',
    transport: 'udp',
    legs: [{ source: { address: source, port: 5060 }, destination: { address: destination, port: 5060 } }],
    dialogs: [],
    startUs: us(start),
    ...(answer !== undefined && { answerUs: us(answer) }),
    ...(end !== undefined && { endUs: us(end) }),
    lastUs: us(end ?? start + 60),
    messages: 6,
    paths: [],
    ...(options.sessionEnds !== undefined && { sessionEnds: options.sessionEnds }),
  }
}

const first = leg()
/** What the SBC makes of it. */
const onward = (changes: LegOptions = {}) =>
  leg({ callId: 'two', source: SBC, destination: CALLEE, start: 0.1, answer: 2.9, end: 60, ...changes })

const joined = (calls: readonly SipCall[], streams: readonly AnalysedStream[] = []) => joinCalls(calls, streams)

describe('legs of one call: parties, hosts and times that fit are likely', () => {
  test('the host that a call goes to calls the same callee for the same caller, and both end together', () => {
    expect(joined([first, onward()])).toEqual([{ calls: [0, 1], by: ['parties'], certainty: 'likely' }])
  })

  test('numbers are the same with a prefix, with separators, or as tel', () => {
    const written = onward({ from: 'sip:0014155550100@10.0.0.1', to: 'tel:+44-207-183-8750' })
    expect(joined([first, written])).toHaveLength(1)
  })

  test('an SBC with an address on each side has no host in common with itself', () => {
    expect(joined([first, onward({ source: SBC_INSIDE })])).toHaveLength(1)
    expect(joined([first, onward({ source: SBC_INSIDE, start: 2.5 })])).toEqual([])
    expect(joined([first, onward({ source: SBC_INSIDE, answer: 2.2 })])).toEqual([])
    expect(joined([first, onward({ source: SBC_INSIDE, end: 58.5 })])).toEqual([])
    expect(joined([leg({ end: undefined }), onward({ source: SBC_INSIDE, end: undefined })])).toEqual([])
  })

  test('three hops are one call', () => {
    const third = leg({ callId: 'three', source: CALLEE, destination: '10.0.0.30', start: 0.2, answer: 2.8, end: 60 })
    expect(joined([first, onward(), third])).toEqual([{ calls: [0, 1, 2], by: ['parties'], certainty: 'likely' }])
  })

  test('calls that fail together are legs as well', () => {
    const refused = { answer: undefined, end: 2 }
    expect(joined([leg(refused), onward(refused)])).toHaveLength(1)
  })

  const OTHER: readonly (readonly [string, LegOptions])[] = [
    ['another callee', { to: 'sip:+442071838751@example.com' }],
    ['another caller', { from: 'sip:+14155550101@example.com' }],
    ['an anonymous caller', { from: 'sip:anonymous@anonymous.invalid' }],
    ['answered later than the first', { answer: 3.5 }],
    ['answered long before the first', { answer: 0.5 }],
    ['never answered', { answer: undefined }],
    ['ended long before', { end: 50 }],
    ['still going on', { end: undefined }],
    ['begun before the first', { start: -1 }],
    ['begun too late', { start: 10.5, answer: 11, end: 60 }],
    ['a host that the first never went to, beside one that it did', { source: CALLEE, destination: SBC }],
  ]
  test.each(OTHER)('%s: not joined', (_, changes) => {
    expect(joined([first, onward(changes)].sort((a, b) => a.startUs - b.startUs))).toEqual([])
  })

  test('two calls that both fit are a guess, and no evidence', () => {
    expect(joined([first, onward(), onward({ callId: 'three' })])).toEqual([])
    expect(joined([first, leg({ callId: 'again' }), onward()])).toEqual([])
  })

  test('many calls between the same two parties over one hop are never joined', () => {
    expect(joined(Array.from({ length: 50 }, (_, n) => leg({ callId: `${n}`, start: n / 100 })))).toEqual([])
  })
})

describe('legs of one call: Session-ID is certain (RFC 7989 §5)', () => {
  const ends = 'a b'
  test('the same ends at the same time, whatever else differs', () => {
    const other = onward({ to: 'sip:agent@example.net', answer: 1, sessionEnds: ends })
    expect(joined([leg({ sessionEnds: ends }), other])).toEqual([
      { calls: [0, 1], by: ['session-id'], certainty: 'certain' },
    ])
  })

  test('the same ends in a later call are another session', () => {
    const later = leg({ callId: 'two', start: 100, sessionEnds: ends })
    expect(joined([leg({ sessionEnds: ends }), later])).toEqual([])
  })

  test('a leg that only fits makes the whole group likely', () => {
    const third = leg({ callId: 'three', source: CALLEE, destination: '10.0.0.30', start: 0.2, answer: 2.8, end: 60 })
    expect(joined([leg({ sessionEnds: ends }), onward({ sessionEnds: ends }), third])).toEqual([
      { calls: [0, 1, 2], by: ['parties', 'session-id'], certainty: 'likely' },
    ])
  })
})

describe('legs of one call: media that a relay passes on is certain', () => {
  const relay = { address: SBC, port: 30000 }
  const into = streamOf({ call: 0, destination: relay })
  const out = (changes: Parameters<typeof streamOf>[0] = {}) =>
    streamOf({
      call: 1,
      source: { address: SBC, port: 30002 },
      destination: { address: CALLEE, port: 4000 },
      ...changes,
    })
  const strangers = [first, leg({ callId: 'two', source: SBC, destination: CALLEE, to: 'sip:agent@example.net' })]

  test('one SSRC, in the same time, from call to call', () => {
    expect(joined(strangers, [into, out()])).toEqual([{ calls: [0, 1], by: ['media'], certainty: 'certain' }])
  })

  test('another time, another number of packets, another SSRC: not relayed', () => {
    expect(joined(strangers, [into, out({ from: 2 })])).toEqual([])
    expect(joined(strangers, [into, out({ report: { packets: 100 } })])).toEqual([])
    expect(joined(strangers, [into, out({ report: { ssrc: '0x00000002' } })])).toEqual([])
  })

  test('an SSRC that more than two streams use says nothing', () => {
    expect(joined(strangers, [into, out(), out({ source: { address: SBC, port: 30004 } })])).toEqual([])
  })
})
