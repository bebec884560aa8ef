import { expect, test } from 'vitest'
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
