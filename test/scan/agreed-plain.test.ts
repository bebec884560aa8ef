import { describe, expect, test } from 'vitest'
import { send } from '../judgement/build/media-flow.ts'
import { parties } from '../judgement/build/telephone-call.ts'
import { Trace } from '../judgement/build/trace.ts'
import { reportOn as judged } from '../judgement/judge.ts'
import { callOf, keysOf, line, type Media, reportOn, type Talk, under } from './faulty-call.ts'

const plainTalk = (at: number): Talk => ({ at, profile: 'RTP/AVP', offer: [], answer: [] })
const keyedTalk = (at: number): Talk => ({ at, offer: [line(1, 'caller')], answer: [line(1, 'callee')] })
const clear = (packet: Buffer) => (packet[1] >= 200 && packet[1] <= 204 ? packet : packet.fill(255, 12))

/** RTP and RTCP of both sides from 0.2 s to 10 s, keyed before or after the re-INVITE at 5 s. */
function media(isKeyed: (seconds: number) => boolean): Media[] {
  return (['caller', 'callee'] as const).flatMap((from) =>
    [false, true].map((isRtcp): Media => {
      const protect = under(keysOf(from))
      const step = isRtcp ? 0.5 : 0.02
      return {
        from,
        at: 0.2,
        count: isRtcp ? 18 : 480,
        isRtcp,
        protect: (packet, n) => (isKeyed(0.2 + n * step) ? protect(packet, n) : clear(packet)),
      }
    }),
  )
}

describe('a re-INVITE at 5 s changes what is agreed (RFC 3264 §8)', () => {
  test.each([
    ['gives protection up', [keyedTalk(0), plainTalk(5)], (seconds: number) => seconds < 5.1, ['negotiated']],
    ['brings protection', [plainTalk(0), keyedTalk(5)], (seconds: number) => seconds > 5.1, []],
  ])('%s: what is plain by agreement breaks none', async (_, talks, isKeyed, leaks) => {
    const report = await reportOn(callOf(talks, media(isKeyed)))
    expect(report.streams).toHaveLength(4)
    for (const { kind, verified, plain, packets, explanation } of report.streams) {
      expect([kind, verified > 0, verified + plain, explanation]).toEqual([kind, true, packets, undefined])
    }
    expect(report.findings.filter(({ rule }) => rule === 'rtcp-in-clear')).toEqual([])
    expect(report.findings.filter(({ rule }) => rule === 'rtp-avp-leak').map(({ kind }) => kind)).toEqual(leaks)
  })

  test('RTCP that stays in the clear 2 s after protection came does', async () => {
    const [rtp, rtcp, ...rest] = media((seconds) => seconds > 5.1)
    const open: Media = { ...(rtcp as Media), protect: clear }
    const report = await reportOn(callOf([plainTalk(0), keyedTalk(5)], [rtp as Media, open, ...rest]))
    expect(report.findings.filter(({ rule }) => rule === 'rtcp-in-clear')).toHaveLength(1)
  })
})

test('a 183 in the clear before a 200 that protects hides no re-INVITE that gives protection up (RFC 4568 §5.1.2)', async () => {
  const trace = new Trace()
  const { dialog, caller, callee } = parties(trace)
  const inClear = callee.describe({ profile: 'RTP/AVP', crypto: [] })
  const invite = dialog.request(0, 'caller', 'INVITE', { body: caller.describe() })
  dialog.respond(100, invite, '183 Session Progress', { body: inClear })
  dialog.respond(3000, invite, '200 OK', { body: callee.describe() })
  dialog.acknowledge(3020, invite)
  dialog.renegotiate(6000, 'caller', [caller.describe({}, 2), inClear])
  const flow = { label: 'callee', from: callee.media, to: caller.media }
  send(trace, { ...flow, startMs: 120, endMs: 2990 })
  send(trace, { ...flow, startMs: 3030, endMs: 5990, under: callee.under })
  send(trace, { ...flow, startMs: 6090, endMs: 9000 })
  dialog.end(9020)
  const { findings } = await judged(trace, {})
  const leaks = findings.filter(({ rule }) => rule === 'rtp-avp-leak')
  expect(leaks.map(({ detail }) => detail.includes('then protects it'))).toEqual([true, false])
})
