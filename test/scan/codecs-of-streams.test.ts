import { expect, test } from 'vitest'
import { formatText } from '../../src/report/text.ts'
import type { Sent } from '../judgement/build/media-flow.ts'
import { type CallOptions, telephoneCall } from '../judgement/build/telephone-call.ts'
import { Trace } from '../judgement/build/trace.ts'
import { reportOn } from '../judgement/judge.ts'

const BOTH = { line: { codecs: [0, 8, 101] } }

/** A call in which the caller sends the second type from 3 s on. */
function changing(types: readonly [number, number], sides: CallOptions = { caller: BOTH, callee: BOTH }) {
  const trace = new Trace()
  const each = (sent: Sent) => ({ ...sent, payloadType: sent.atMs < 3000 ? types[0] : types[1] })
  return { trace, ...telephoneCall(trace, { ...sides, caller: { ...sides.caller, sends: { each } } }) }
}

async function codecsIn(trace: Trace) {
  const report = await reportOn(trace, {})
  const stream = report.streams.find(({ sender, kind }) => sender === 'offerer' && kind === 'rtp')
  const text = formatText(report, { color: false, width: 200, quiet: false, verbose: false })
  return { codecs: stream?.codecs, text }
}

test('a stream that changes its codec has all that it sent, in their order', async () => {
  const { codecs, text } = await codecsIn(changing([8, 0]).trace)
  expect(codecs).toEqual(['PCMA/8000', 'PCMU/8000'])
  expect(text).toContain('RTP PCMA/8000 then PCMU/8000')
})

test('a codec that a re-INVITE takes away is still what was sent before', async () => {
  const { trace, dialog, caller, callee } = changing([0, 8])
  const lines = [caller.describe({ codecs: [8] }, 2), callee.describe({ codecs: [8] }, 2)] as const
  dialog.renegotiate(2900, 'caller', lines)
  expect((await codecsIn(trace)).codecs).toEqual(['PCMU/8000', 'PCMA/8000'])
})

test('keys that are pressed and comfort noise are no codecs of their own', async () => {
  expect((await codecsIn(changing([0, 101]).trace)).codecs).toBeUndefined()
})
