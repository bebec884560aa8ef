import { describe, expect, test } from 'vitest'
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
