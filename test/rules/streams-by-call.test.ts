import { expect, test } from 'vitest'
import { DEFAULT_POLICY } from '../../src/policy/policy.ts'
import { judge, NO_FINDINGS, type Rule } from '../../src/rules/rule.ts'
import { StreamsByCall } from '../../src/rules/streams-by-call.ts'
import { callOf, streamOf, traceOf } from './media-trace.ts'

// Streams stand in the order of their first packets, whichever call they are of.
const streams = [2, 0, undefined, 4, 2, 0].map((call) => streamOf({ call }))
const [c0, a0, , e0, c1, a1] = streams

test('each call gets its own streams, in the order of the trace; those of no call are nowhere', () => {
  const streamsByCall = new StreamsByCall({ streams })
  expect([0, 1, 2, 3, 4, 5].map((call) => streamsByCall.of(call))).toEqual([[a0, a1], [], [c0, c1], [], [e0], []])
})

test('rules are shown them with the call', () => {
  const shown: unknown[] = []
  const rule: Pick<Rule, 'text' | 'begin'> = {
    text: { id: '', severity: 'info', title: '', meaning: '', shows: '', causes: [], remedy: '', references: [] },
    begin: () => ({
      call: ({ callId }, index, own) => {
        shown.push([callId, index, own.map(({ report }) => report.id)])
        return NO_FINDINGS
      },
    }),
  }
  const calls = ['a', 'b', 'c'].map((callId) => callOf({ callId }))
  expect(judge([rule, rule], traceOf({ calls, streams }), DEFAULT_POLICY)).toEqual([[], []])
  const each = [
    ['a', 0, [a0.report.id, a1.report.id]],
    ['b', 1, []],
    ['c', 2, [c0.report.id, c1.report.id]],
  ]
  expect(shown).toEqual(each.flatMap((one) => [one, one]))
})
