import { expect, test } from 'vitest'
import type { AnalysedCall } from '../../src/model/analysis.ts'
import { DEFAULT_POLICY } from '../../src/policy/policy.ts'
import { RULES } from '../../src/rules/catalogue.ts'
import { judge } from '../../src/rules/rule.ts'
import { runRules } from '../../src/rules/run-rules.ts'
import { callOf, hop, mediaAt, traceOf } from './media-trace.ts'

const calls = Array.from({ length: 5 }, (_, n) =>
  callOf({
    callId: `call ${n}`,
    exchanges: [hop({ offerMedia: mediaAt({ address: '203.0.113.10', port: 4000 + n }, { carries: ['crypto'] }) })],
  }),
)

test('all rules together put each call together once, and find what each finds alone', () => {
  let asked = 0
  const oneByOne = {
    length: calls.length,
    *[Symbol.iterator](): Generator<AnalysedCall> {
      for (const call of calls) {
        asked++
        yield { ...call }
      }
    },
  }
  const together = judge(RULES, traceOf({ calls: oneByOne }), DEFAULT_POLICY)
  expect(asked).toBe(calls.length)
  expect(together).toEqual(RULES.map((rule) => rule.find(traceOf({ calls }))))
  expect(together.flat().length).toBeGreaterThan(0)
  expect(runRules(traceOf({ calls }))).toHaveLength(together.flat().length)
})
