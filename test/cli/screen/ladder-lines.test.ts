import { expect, test } from 'vitest'
import { ladderLines } from '../../../src/cli/screen/ladder-lines.ts'
import { unpainted } from '../../../src/cli/screen/paint.ts'
import type { LadderStepReport } from '../../../src/model/report.ts'

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
const lines = (columns: number, some: readonly LadderStepReport[] = steps) => ladderLines(some, columns, unpainted)

test('three hosts have room in 80 columns; there a response is not said with its method', () => {
  expect(lines(80)).toEqual([
    '                   203.0.113.10:5060     203.0.113.1:5060     198.51.100.20:5060',
    '  09:30:00.000 7           |---- INVITE SDP ---->|                     |',
    '  09:30:00.100 8           |<---- 100 Trying ----|                     |',
    '  09:30:00.200 9           |                     |---- INVITE SDP ---->|',
    '  09:30:00.300 10          |                     |-- INVITE (again) -->|',
    '  09:30:00.400 11          |                     |<---- 200 OK SDP ----|',
    '  09:30:00.500 12          |<-- 480 Temporarily Unavailable (INVITE) --|',
  ])
})

test('two hosts say everything', () => {
  expect(lines(80, steps.slice(0, 2))).toEqual([
    '                  203.0.113.10:5060                           203.0.113.1:5060',
    '  09:30:00.000 7          |--------------- INVITE SDP --------------->|',
    '  09:30:00.100 8          |<---------- 100 Trying (INVITE) -----------|',
  ])
})

test('without room for its lanes it is a list', () => {
  expect(lines(60).slice(0, 3)).toEqual([
    '  09:30:00.000 7  203.0.113.10:5060 > 203.0.113.1:5060',
    '                  INVITE SDP',
    '  09:30:00.100 8  203.0.113.1:5060 > 203.0.113.10:5060 100',
  ])
})

test('a message of a host to itself has an arrow to nowhere', () => {
  const [, , line] = lines(80, [...steps.slice(0, 1), { ...steps[0], to: A }])
  expect(line).toMatch(/^ {2}09:30:00.000 7 +\| INVITE SDP \(to itself\)$/)
})
