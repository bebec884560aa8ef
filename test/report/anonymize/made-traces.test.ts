import { describe, expect, test } from 'vitest'
import { Anonymizer } from '../../../src/report/anonymize/anonymizer.ts'
import { reportOn } from '../../judgement/judge.ts'
import { leakTraces } from '../../judgement/traces/leaks.ts'
import { lineAndLegTraces } from '../../judgement/traces/lines-and-legs.ts'
import { mediaTraces } from '../../judgement/traces/media.ts'
import { negotiationTraces } from '../../judgement/traces/negotiation.ts'
import { packetTraces } from '../../judgement/traces/packets.ts'
import { policyTraces } from '../../judgement/traces/policies.ts'
import { signallingTraces } from '../../judgement/traces/signalling.ts'
import { turnTraces } from '../../judgement/traces/turns.ts'
import { wireKeyTraces } from '../../judgement/traces/wire-keys.ts'
import { inEveryFormat, originalsOf, survivorsIn } from './originals.ts'

/** They make most rules speak. */
const TRACES = [
  ...[negotiationTraces, wireKeyTraces, packetTraces, leakTraces, mediaTraces].flat(),
  ...[lineAndLegTraces, signallingTraces, policyTraces, turnTraces].flat(),
]
const anonymizer = new Anonymizer(Buffer.from('a key of tests, and of no one else'))

describe('an anonymised report of a made trace', () => {
  test.each(TRACES.map((one) => [one.name, one] as const))('holds no original: %s', async (_, one) => {
    const report = await reportOn(one.build(), one)
    const originals = originalsOf(report)
    for await (const [format, text] of inEveryFormat(anonymizer.report(report))) {
      if (format === 'html') continue
      expect([format, ...survivorsIn(text, originals)]).toEqual([format])
    }
  })
})
