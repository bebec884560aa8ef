import { expect, test } from 'vitest'
import { send } from '../judgement/build/media-flow.ts'
import { crypto, telephoneCall, under } from '../judgement/build/telephone-call.ts'
import { Trace } from '../judgement/build/trace.ts'
import { reportOn } from '../judgement/judge.ts'

test('who answered the call is the offerer of a re-INVITE of its own, and offered its keys there', async () => {
  const trace = new Trace()
  const quiet = { sends: 'nothing' } as const
  const { dialog, caller, callee } = telephoneCall(trace, { talkMs: 8000, caller: quiet, callee: quiet })
  const offered = [crypto('first'), crypto('second', { tag: 2 })]
  const chosen = crypto('again')
  const answer = caller.describe({ crypto: [chosen] }, 2)
  dialog.renegotiate(3000, 'callee', [callee.describe({ crypto: offered }, 2), answer])
  const times = { startMs: 3100, endMs: 8800, rtcp: 'none' } as const
  send(trace, { label: 'a', from: caller.media, to: callee.media, under: under(chosen), ...times })
  send(trace, { label: 'b', from: callee.media, to: caller.media, under: under(offered[1]), ...times })
  const { streams } = await reportOn(trace, {})
  const texts = streams.flatMap(({ explanation }) => explanation?.text ?? [])
  expect(texts).toEqual([
    expect.stringMatching(/sends with the key it offered as tag 2; the answer in frame \d+ chose tag 1$/),
  ])
})
