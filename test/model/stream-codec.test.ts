import { expect, test } from 'vitest'
import { send } from '../judgement/build/media-flow.ts'
import { parties, SUITE } from '../judgement/build/telephone-call.ts'
import { Trace } from '../judgement/build/trace.ts'
import { reportOn } from '../judgement/judge.ts'

test('RFC 3264 §5.1: each side is sent its own numbers, whichever of them offers anew', async () => {
  const trace = new Trace()
  const names = { caller: { 96: 'AMR/8000', 111: 'opus/48000/2' }, callee: { 96: 'opus/48000/2', 111: 'AMR/8000' } }
  const { dialog, caller, callee } = parties(trace, {
    caller: { line: { codecs: [111, 96], names: names.caller } },
    callee: { line: { codecs: [96, 111], names: names.callee } },
  })
  const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
  dialog.respond(900, invite, '200 OK', { body: callee.describe() })
  dialog.acknowledge(920, invite)
  dialog.renegotiate(3000, 'callee', [callee.describe({}, 2), caller.describe({}, 2)])
  const [startMs, endMs, ticksPerMs] = [930, 6000, 48]
  send(trace, {
    label: 'a',
    from: caller.media,
    to: callee.media,
    startMs,
    endMs,
    ticksPerMs,
    under: caller.under,
    payloadType: 96,
  })
  send(trace, {
    label: 'b',
    from: callee.media,
    to: caller.media,
    startMs,
    endMs,
    ticksPerMs,
    under: callee.under,
    payloadType: 111,
  })
  dialog.end(6020)
  const { streams } = await reportOn(trace, {})
  const seen = streams.filter(({ kind }) => kind === 'rtp').map(({ codec, suite }) => `${codec} ${suite}`)
  expect(seen).toEqual([`opus/48000/2 ${SUITE}`, `opus/48000/2 ${SUITE}`])
})
