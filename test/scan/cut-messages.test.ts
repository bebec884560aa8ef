import { expect, test } from 'vitest'
import type { TimedDatagram } from '../../samples/frames.ts'
import { seededOctets } from '../../samples/seeded-random.ts'
import { callOf, captureOf, keysOf, line, type Media, reportOn, SHORT, type Talk, under } from './faulty-call.ts'

const HEADERS = 24
const RECORD_HEADER = 16
const FRAME_HEADERS = 42

/** The capture as a snap length would have left it that spares the media: frames of SIP keep so many octets of UDP payload. */
function cutSip(datagrams: readonly TimedDatagram[], octets: number, begin = ''): Buffer {
  const capture = captureOf(datagrams)
  const parts = [capture.subarray(0, HEADERS)]
  for (let at = HEADERS; at < capture.length; ) {
    const length = capture.readUInt32LE(at + 8)
    const start = at + RECORD_HEADER
    const isMedia = (capture[start + FRAME_HEADERS] & 0xc0) === 0x80
    const isCut = capture.subarray(start + FRAME_HEADERS).toString('latin1', 0, begin.length) === begin
    const kept = isMedia || !isCut ? length : Math.min(length, FRAME_HEADERS + octets)
    const header = Buffer.from(capture.subarray(at, start))
    header.writeUInt32LE(kept, 8)
    parts.push(header, capture.subarray(start, start + kept))
    at = start + length
  }
  return Buffer.concat(parts)
}

/** As `tcpdump -s` leaves it; SIP is spared, or left out. */
function snapped(capture: Buffer, snapLength: number, withSip: boolean): Buffer {
  const parts = [capture.subarray(0, HEADERS)]
  for (let at = HEADERS; at < capture.length; ) {
    const length = capture.readUInt32LE(at + 8)
    const start = at + RECORD_HEADER
    const isMedia = (capture[start + FRAME_HEADERS] & 0xc0) === 0x80
    const kept = isMedia ? Math.min(length, snapLength) : length
    const header = Buffer.from(capture.subarray(at, start))
    header.writeUInt32LE(kept, 8)
    if (isMedia || withSip) parts.push(header, capture.subarray(start, start + kept))
    at = start + length
  }
  return Buffer.concat(parts)
}

const media: readonly Media[] = [
  { from: 'caller', at: 0.2, count: 120, protect: under(keysOf('second', SHORT)) },
  { from: 'callee', at: 0.2, count: 120, protect: under(keysOf('callee', SHORT)) },
]
/** What rests on nothing that may be missing. */
const TRUE = [
  'keying-not-visible',
  'media-without-signalling',
  'sdes-key-exposed',
  'sip-cleartext',
  'srtp-optional',
  'srtp-weak-suite',
]

test.each<[string, Partial<Talk>]>([
  ['RTP/SAVP', {}],
  ['RTP/AVP with keys', { profile: 'RTP/AVP' }],
])('wherever SIP is cut, what a description of %s says no more is not held against it', async (_, more) => {
  const offer = [line(1, 'first'), line(2, 'second', SHORT)]
  const talk: Talk = { at: 0, offer, answer: [line(2, 'callee', SHORT)], ...more }
  const datagrams = callOf([talk], media)
  const longest = Math.max(...datagrams.map(({ payload }) => payload.length))
  const outcomes = new Set<string>()
  for (let octets = 300; octets < longest + 10; octets += 9) {
    const { findings, totals, calls, streams } = await reportOn(cutSip(datagrams, octets))
    expect([octets, totals.failed, totals.plain]).toEqual([octets, 0, 0])
    const rules = findings.map(({ rule }) => rule).filter((rule) => !TRUE.includes(rule))
    expect([octets, rules]).toEqual([octets, []])
    expect(streams.map(({ explanation }) => explanation)).toEqual([undefined, undefined])
    for (const { offer: offered, agreed } of calls[0]?.sessions[0]?.media ?? []) {
      outcomes.add(`${offered?.cut ? 'cut' : 'whole'}, ${agreed?.keying ?? 'not known'}, ${totals.verified}`)
    }
  }
  // From the first m= line on, as more and more is there.
  expect(outcomes).toContain(more.profile === undefined ? 'cut, sdes, 0' : 'cut, not known, 0')
  expect(outcomes).toContain('cut, sdes, 120')
  expect(outcomes).toContain('whole, sdes, 240')
})

const reasonsOf = ({ streams }: Awaited<ReturnType<typeof reportOn>>) => [
  ...new Set(streams.map(({ unverifiedReason }) => unverifiedReason)),
]

test('keys in a part of the SDP that was cut are not just unknown', async () => {
  const datagrams = callOf([{ at: 0, offer: [line(1, 'second')], answer: [line(1, 'callee')] }], media)
  const whole = captureOf(datagrams).toString('latin1')
  const before = whole.indexOf('a=crypto') - whole.indexOf('INVITE sip')
  const report = await reportOn(cutSip(datagrams, before))
  expect(reasonsOf(report)).toEqual(['the SDP is cut in this capture before its keys'])
  const [finding, ...others] = report.findings.filter(({ rule }) => rule === 'keying-not-visible')
  expect(others).toEqual([])
  expect(finding).toMatchObject({
    kind: 'cut',
    detail: expect.stringContaining('is cut in this capture before its keys'),
  })
  expect(finding.remedy).toContain('tcpdump -s 0')
})

test.each([
  ['keys that are known', true, 'cut by the snap length'],
  ['no key', false, 'cut by the snap length, and no key is known'],
])('of media that was cut, with %s, it is said that it was cut', async (_, isKnown, reason) => {
  const datagrams = callOf([{ at: 0, offer: [line(1, 'second', SHORT)], answer: [line(1, 'callee', SHORT)] }], media)
  const cut = snapped(captureOf(datagrams), 96, isKnown)
  const report = await reportOn(cut)
  expect(report.totals).toMatchObject({ rtp: 240, verified: 0, failed: 0, plain: 0, unverified: 240 })
  expect(reasonsOf(report)).toEqual([reason])
})

/** What is left of voice by a codec whose octets are not told from encrypted ones. */
const compressed = (rtp: Buffer, n: number): Buffer =>
  Buffer.concat([rtp.subarray(0, 12), seededOctets(`cut/${n}`, 160)])

test('offered keys that may not have been taken are not held against what fails under them; those of RTP/SAVP must have been', async () => {
  const talk: Talk = { at: 0, offer: [line(1, 'first')], answer: [line(1, 'callee')], profile: 'RTP/AVP' }
  const sent: readonly Media[] = [{ from: 'caller', at: 0.2, count: 120, protect: compressed }]
  const judged = async (more: Partial<Talk>) => {
    const datagrams = callOf([{ ...talk, ...more }], sent)
    const answer = datagrams
      .map(({ payload }) => Buffer.from(payload).toString('latin1'))
      .find((text) => text.startsWith('SIP/2.0 200'))
    const { streams } = await reportOn(cutSip(datagrams, answer?.indexOf('m=') ?? 0, 'SIP/2.0 200'))
    return streams.map(({ failed, unverifiedReason }) => [failed, unverifiedReason])
  }
  expect(await judged({})).toEqual([[0, 'what was agreed is not in the capture']])
  expect(await judged({ profile: 'RTP/SAVP' })).toEqual([[120, undefined]])
})
