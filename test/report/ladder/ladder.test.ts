import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Call, LadderStepReport } from '../../../src/model/report.ts'
import { ladderOf, type MediaRow, type MessageRow } from '../../../src/report/ladder/ladder.ts'
import { durationText, microseconds } from '../../../src/report/ladder/times.ts'
import { CALL, FINDING, STREAM } from '../sample-report.ts'
import { ladderSources } from './ladder-sources.ts'

const [A, P, B] = ['192.0.2.1:5060', '192.0.2.9:5060', '198.51.100.2:5060']

function callOf(messages: readonly (readonly [from: string, to: string, label: string, repeated?: true])[]): Call {
  const ladder = messages.map(
    ([from, to, label, repeated], n): LadderStepReport => ({
      ...{ time: `2026-01-15T09:30:00.${`${n}`.padStart(2, '0')}0000Z`, frame: n + 1, from, to, label },
      ...(repeated && { repeated }),
    }),
  )
  return { ...CALL, ladder, messages: ladder.length, sessions: [] }
}

function parties(...calls: Call[]): string[] {
  return ladderOf({ calls, streams: [] }).lifelines.map(({ name, role }) => `${name} ${role}`)
}

describe('parties', () => {
  test('a proxy gets the INVITE and sends it on', () => {
    const call = callOf([
      [A, P, 'INVITE'],
      [P, B, 'INVITE'],
    ])
    expect(parties(call)).toEqual([`${A} caller`, `${P} proxy`, `${B} callee`])
  })

  test('an SBC ends one leg and begins the next, though it may show another address', () => {
    const first = callOf([[A, P, 'INVITE']])
    const second = { ...callOf([[P, B, 'INVITE']]), callId: 'b', startTime: '2026-01-15T09:30:00.100000Z' }
    expect(parties(first, second)).toEqual([`${A} caller`, `${P} b2bua`, `${B} callee`])
    const elsewhere = { ...callOf([['203.0.113.9:5060', B, 'INVITE']]), callId: 'b', startTime: second.startTime }
    expect(parties(first, elsewhere)).toEqual([`${A} caller`, `${P} b2bua`, '203.0.113.9:5060 b2bua', `${B} callee`])
  })

  test('a callee that invites again is no proxy', () => {
    const call = callOf([
      [A, B, 'INVITE'],
      [B, A, '200 OK (INVITE)'],
      [B, A, 'INVITE'],
    ])
    expect(parties(call)).toEqual([`${A} caller`, `${B} callee`])
  })

  test('connections of one host are one party', () => {
    const call = callOf([
      ['192.0.2.1:41000', P, 'INVITE'],
      ['192.0.2.9:52000', B, 'INVITE'],
      ['192.0.2.1:41999', P, 'BYE'],
    ])
    expect(parties(call)).toEqual(['192.0.2.1 caller', '192.0.2.9 proxy', `${B} callee`])
  })

  test('user agents of one host are two', () => {
    const fork = callOf([
      [P, '192.0.2.1:5060', 'INVITE'],
      [P, '192.0.2.1:5070', 'INVITE'],
    ])
    expect(parties(fork)).toEqual([`${P} caller`, '192.0.2.1:5060 callee', '192.0.2.1:5070 callee'])
    expect(parties(callOf([['127.0.0.1:41000', '127.0.0.1:5060', 'INVITE']]))).toHaveLength(2)
  })
})

describe('media', () => {
  const call = callOf([
    [A, P, 'INVITE'],
    [P, B, 'INVITE'],
  ])
  const [session] = CALL.sessions
  const [line] = session.media
  const withMedia = (leg: string, offerFrame: number, offer: string, answerFrame: number, answer: string) => ({
    ...{ ...session, leg, offerFrame, answerFrame },
    media: [{ ...line, offer: { ...line.offer, endpoint: offer }, answer: { ...line.answer, endpoint: answer } }],
  })
  const relayed = {
    ...call,
    sessions: [
      withMedia(`${A} > ${P}`, 1, '192.0.2.1:4000', 8, '203.0.113.77:6000'),
      withMedia(`${P} > ${B}`, 2, '203.0.113.77:6002', 7, '198.51.100.2:4002'),
    ],
  }
  const ends = (src: string, dst: string, more = {}) => {
    const stream = { ...STREAM, callId: call.callId, src, dst, ...more }
    const { rows, lifelines } = ladderOf({ calls: [relayed], streams: [stream] })
    const { from, to } = rows.find(({ kind }) => kind === 'media') as MediaRow
    return [lifelines[from].name, lifelines[to].name]
  }

  test('goes where its address is', () => {
    expect(ends('192.0.2.1:4000', '198.51.100.2:4002')).toEqual([A, B])
  })

  test('of a relay belongs to who described it first', () => {
    expect(ends('192.0.2.1:4000', '203.0.113.77:6000')).toEqual([A, P])
    expect(ends('203.0.113.77:6002', '198.51.100.2:4002')).toEqual([P, B])
    expect(ends('203.0.113.77:6003', '198.51.100.2:4003', { kind: 'rtcp' })).toEqual([P, B])
  })

  test('from behind a NAT belongs to the side that it is of', () => {
    expect(ends('203.0.113.250:61000', '198.51.100.2:4002', { sender: 'offerer' })).toEqual([A, B])
  })

  test('of nobody that is known has a line of its own', () => {
    const { sender: _, ...stream } = {
      ...STREAM,
      callId: call.callId,
      src: '203.0.113.250:61000',
      dst: '198.51.100.2:4002',
    }
    const { lifelines } = ladderOf({ calls: [call], streams: [stream] })
    expect(lifelines.map(({ name }) => name)).toEqual([A, P, B, '203.0.113.250'])
  })
})

describe('rows', () => {
  test('retransmissions in a row that are alike share an arrow, each of another kind has its own', () => {
    const call = callOf([
      [A, B, 'INVITE'],
      [A, B, 'INVITE', true],
      [A, B, 'INVITE', true],
      [B, A, '200 OK (INVITE)'],
      [B, A, '200 OK (INVITE)', true],
      [A, B, 'ACK', true],
      [B, A, '200 OK (INVITE)', true],
      [A, B, 'ACK', true],
    ])
    const arrows = (unfolded: boolean) =>
      ladderOf({ calls: [call], streams: [], unfolded }).rows.map((row) => (row as MessageRow).steps)
    expect(arrows(false)).toEqual([[0], [1, 2], [3], [4, 6], [5, 7]])
    expect(arrows(true)).toEqual([[0], [1], [2], [3], [4], [5], [6], [7]])
  })

  test('findings stand at the frames and the streams that they name', () => {
    const call = callOf([
      [A, B, 'INVITE'],
      [B, A, '200 OK (INVITE)'],
    ])
    const finding = { ...FINDING, callId: call.callId, capture: undefined, frames: [2], streamId: 's1' }
    const { rows } = ladderOf({ calls: [call], streams: [{ ...STREAM, src: A, dst: B }], findings: [finding] })
    expect(rows.flatMap((row) => (row.kind === 'gap' ? [] : [row.findings.length]))).toEqual([0, 1, 1])
  })

  test('every message has a part in one arrow, every stream in one row, in the order of time', () => {
    fc.assert(
      fc.property(ladderSources, fc.boolean(), (source, unfolded) => {
        const { rows, lifelines } = ladderOf({ ...source, unfolded })
        for (const [leg, { ladder = [] }] of source.calls.entries()) {
          const steps = rows.flatMap((row) => (row.kind === 'message' && row.leg === leg ? row.steps : []))
          expect(steps.toSorted((a, b) => a - b)).toEqual(ladder.map((_, n) => n))
        }
        const streams = rows.flatMap((row) => (row.kind === 'media' ? [row.flow.stream, ...row.flow.rtcp] : []))
        expect(streams.map(({ id }) => id).toSorted()).toEqual(source.streams.map(({ id }) => id).toSorted())
        let before = 0
        for (const row of rows) {
          expect(row.timeUs).toBeGreaterThanOrEqual(before)
          before = row.timeUs
          if (row.kind === 'gap') expect(row.lastUs - row.timeUs).toBeGreaterThanOrEqual(1_000_000)
          else for (const end of [row.from, row.to]) expect(lifelines[end]).toBeDefined()
        }
        const endpoints = lifelines.flatMap((line) => line.endpoints)
        expect(new Set(endpoints).size).toBe(endpoints.length)
        expect(new Set(lifelines.map(({ name }) => name)).size).toBe(lifelines.length)
      }),
    )
  })
})

test('times are exact to the microsecond, durations as exact as somebody looks at them', () => {
  expect(microseconds('2026-01-15T09:30:00.123456Z') - microseconds('2026-01-15T09:29:59.123455Z')).toBe(1_000_001)
  expect(
    [200, 34_000, 999_600, 1_840_000, 9_999_600, 63_100_000, 725_000_000, 10_920_000_000].map(durationText),
  ).toEqual([...['0.2 ms', '34 ms', '1.000 s', '1.840 s', '10.0 s', '63.1 s', '12 min 5 s', '3 h 2 min']])
})
