import { expect, test } from 'vitest'
import type { Flow } from '../judgement/build/media-flow.ts'
import { telephoneCall } from '../judgement/build/telephone-call.ts'
import { Trace } from '../judgement/build/trace.ts'
import { reportOn as judged } from '../judgement/judge.ts'
import { callOf, type Media, reportOn } from './faulty-call.ts'

const timestamps =
  (units: number): NonNullable<Media['protect']> =>
  (rtp, n) => {
    rtp.writeUInt32BE(n * units, 4)
    return rtp
  }
const media = (from: Media['from'], units: number): Media => ({ from, at: 0.2, count: 100, protect: timestamps(units) })

test('timestamps by another clock are told once, and no jitter is made of them (RFC 3550 §5.1)', async () => {
  const talk = { at: 0, offer: [], answer: [], profile: 'RTP/AVP' }
  const { streams, findings } = await reportOn(callOf([talk], [media('caller', 160), media('callee', 320)]))
  expect(streams.map(({ src, maxJitterMs }) => [src, maxJitterMs])).toEqual([
    ['203.0.113.10:16384', 0],
    ['198.51.100.20:20000', undefined],
  ])
  const quality = findings.filter(({ rule }) => rule === 'media-quality')
  expect(quality).toMatchObject([{ kind: 'clock', streamId: 's2', evidence: { sentClock: 16000, agreedClock: 8000 } }])
  expect(quality[0]?.detail).toMatch(
    /^198\.51\.100\.20:20000 advances .* by 16000 a second; those of PCMU\/8000 advance by 8000\./,
  )
})

test('a stream that changes to a codec of another clock goes by neither, and nothing is told of it', async () => {
  const trace = new Trace()
  const line = { codecs: [111, 96], names: { 111: 'opus/48000/2', 96: 'AMR-WB/16000' } }
  const changes = (at: number): Partial<Flow> => ({
    ticksPerMs: 0,
    each: (sent, n) => {
      sent.payloadType = n < at ? 111 : 96
      sent.timestamp = Math.min(n, at) * 960 + Math.max(0, n - at) * 320
      return sent
    },
  })
  // Half a minute in 20 ms packets: a fifth of it at 48 kHz, and the whole comes to 22,050 a second.
  telephoneCall(trace, {
    talkMs: 30_000,
    caller: { line, sends: changes(285) },
    callee: { line, sends: changes(300) },
  })
  const { findings } = await judged(trace, {})
  expect(findings.filter(({ rule, kind }) => rule === 'media-quality' && kind === 'clock')).toEqual([])
})

test('a sender that stands still now and then has no other clock', async () => {
  const trace = new Trace()
  const line = { codecs: [111], names: { 111: 'opus/48000/2' } }
  // Without the longer of two pauses its 207 steps of 960 take as long as they would by a clock of 44,100.
  const stalls: Partial<Flow> = {
    ticksPerMs: 48,
    each: (sent, n) => {
      sent.payloadType = 111
      sent.atMs += (n >= 60 ? 2500 : 0) + (n >= 167 ? 380 : 0)
      return n < 208 ? sent : null
    },
  }
  telephoneCall(trace, {
    talkMs: 8000,
    caller: { line, sends: stalls },
    callee: { line, sends: { ticksPerMs: 48, payloadType: 111 } },
  })
  const { findings } = await judged(trace, {})
  expect(findings.filter(({ rule, kind }) => rule === 'media-quality' && kind === 'clock')).toEqual([])
})
