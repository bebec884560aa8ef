import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LadderStepReport } from '../../src/model/report.ts'
import { columnsOf } from '../../src/report/cells.ts'
import { painter } from '../../src/report/layout.ts'
import { ladderLines } from '../../src/report/text-ladder.ts'
import { ladderSources } from './ladder/ladder-sources.ts'
import { CALL, FINDING, STREAM } from './sample-report.ts'

const [A, B, C] = ['203.0.113.10:5060', '203.0.113.1:5060', '198.51.100.20:5060']
const messages: readonly (readonly [string, string, string, Partial<LadderStepReport>?])[] = [
  [A, B, 'INVITE', { sdp: true }],
  [B, A, '100 Trying (INVITE)'],
  [B, C, 'INVITE', { sdp: true }],
  [B, C, 'INVITE', { sdp: true, repeated: true }],
  [C, B, '200 OK (INVITE)', { sdp: true }],
  [C, A, '480 Temporarily Unavailable (INVITE)'],
]
const steps = messages.map(([from, to, label, more], n) => ({
  ...{ time: `2026-01-15T09:30:00.${n}00000Z`, frame: 7 + n, from, to, label },
  ...more,
}))
const lines = (columns: number, some: readonly LadderStepReport[] = steps) =>
  ladderLines(
    { calls: [{ ...CALL, messages: some.length, ladder: some, sessions: [] }], streams: [] },
    columns,
    painter(false),
  )

test('three hosts have room in 80 columns; there a response is not said with its method', () => {
  expect(lines(80)).toEqual([
    '                   203.0.113.10:5060     203.0.113.1:5060     198.51.100.20:5060',
    '                        caller                 proxy                callee',
    '  09:30:00.000 7           |---- INVITE SDP ---->|                     |',
    '  09:30:00.100 8           |<---- 100 Trying ----|                     |',
    '  09:30:00.200 9           |                     |---- INVITE SDP ---->|',
    '  09:30:00.300 10          |                     |-- INVITE (again) -->|',
    '  09:30:00.400 11          |                     |<---- 200 OK SDP ----|',
    '  09:30:00.500 12          |<-- 480 Temporarily Unavailable (INVITE) --|',
  ])
})

test('four parties have room in 80 columns as well, with less said', () => {
  const late = { ...steps[4], time: '2026-01-15T09:30:09.000000Z', from: '198.51.100.20:5070' }
  const shown = lines(80, [...steps, late])
  expect(shown.slice(0, 3)).toEqual([
    '                  ~0.113.10:5060  ~.0.113.1:5060  ~1.100.20:5060  ~1.100.20:5070',
    '                      caller           proxy          callee',
    '  09:30:00.000 7         |- INVITE SDP ->|               |               |',
  ])
  expect(shown.slice(-2)).toEqual([
    '                         : 8.500 s later :               :               :',
    '  09:30:09.000 11        |               |<---- 200 OK (INVITE) SDP -----|',
  ])
})

test('two hosts say everything', () => {
  expect(lines(80, steps.slice(0, 2))).toEqual([
    '                  203.0.113.10:5060                           203.0.113.1:5060',
    '                       caller                                      callee',
    '  09:30:00.000 7          |--------------- INVITE SDP --------------->|',
    '  09:30:00.100 8          |<---------- 100 Trying (INVITE) -----------|',
  ])
})

test('without room for its lanes it is a list', () => {
  expect(lines(55).slice(0, 3)).toEqual([
    '  09:30:00.000 7  203.0.113.10:5060 > 203.0.113.1:5060',
    '                  INVITE SDP',
    '  09:30:00.100 8  203.0.113.1:5060 > 203.0.113.10:5060',
  ])
})

test('a message of a host to itself has an arrow to nowhere', () => {
  const [, , , line] = lines(80, [...steps.slice(0, 1), { ...steps[0], to: A }])
  expect(line).toMatch(/^ {2}09:30:00.000 7 +\| INVITE SDP \(to itself\)$/)
})

test('streams are among the messages, with what became of them, and silence is said', () => {
  const stream = { ...STREAM, src: '203.0.113.10:4000', dst: '203.0.113.1:4002', lost: 0 }
  const verified = {
    ...stream,
    firstTime: '2026-01-15T09:30:00.150000Z',
    packets: 400,
    failed: 0,
    lastTime: '2026-01-15T09:30:09.150000Z',
  }
  const rtcp = { ...verified, id: 's2', kind: 'rtcp' as const, verified: 0, packets: 2, plain: 2 }
  const back = {
    ...stream,
    id: 's3',
    src: stream.dst,
    dst: stream.src,
    firstTime: '2026-01-15T09:30:01.600000Z',
    lastTime: '2026-01-15T09:30:09.600000Z',
  }
  const call = { ...CALL, ladder: steps.slice(0, 2), messages: 5, sessions: [] }
  const shown = ladderLines(
    { calls: [call], streams: [verified, rtcp, back], findings: [{ ...FINDING, capture: undefined, frames: [7] }] },
    90,
    painter(false),
  )
  expect(shown.slice(2)).toEqual([
    '* 09:30:00.000 7          |--------------- INVITE SDP --------------->|',
    '  09:30:00.100 8          |<---------- 100 Trying (INVITE) -----------|',
    '* 09:30:00.150 9          |====== + 400 verified, RTCP 2 clear ======>|',
    '                          :               1.450 s later               :',
    '  09:30:01.600 9          |<= x SRTP PCMU, 10 of 418 failed, 8.000 s =|',
    '  * findings point at it',
    '  3 messages more',
  ])
})

test('retransmissions in a row share an arrow', () => {
  const repeats = [1, 2, 4, 8, 16].map((n) => ({
    ...steps[0],
    time: `2026-01-15T09:30:${`${n}`.padStart(2, '0')}.000000Z`,
    frame: 20 + n,
    repeated: true as const,
  }))
  const trying = { ...steps[1], time: '2026-01-15T09:30:18.000000Z' }
  expect(lines(100, [steps[0], ...repeats, trying]).slice(2)).toEqual([
    expect.stringMatching(/INVITE SDP/),
    expect.stringMatching(/1\.000 s later/),
    expect.stringMatching(/INVITE SDP \(again, 5 times in 15\.0 s\)/),
    expect.stringMatching(/2\.000 s later/),
    expect.stringMatching(/100 Trying/),
  ])
})

test('no line is wider than asked, nor ends with a space, with and without colours', () => {
  fc.assert(
    fc.property(ladderSources, fc.integer({ min: 40, max: 200 }), (source, columns) => {
      const plain = ladderLines(source, columns, painter(false))
      for (const line of plain) {
        expect(columnsOf(line)).toBeLessThanOrEqual(columns)
        expect(line).toBe(line.trimEnd())
        // Marks are ASCII; so is all else that a wire cannot have changed.
        expect(line).toMatch(/^[ -~]*$/)
      }
      const colored = ladderLines(source, columns, painter(true))
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are control characters
      expect(colored.map((line) => line.replace(/\u001b\[\d+m/g, ''))).toEqual(plain)
    }),
  )
})
