import { expect, test } from 'vitest'
import type { TimedDatagram } from '../../samples/frames.ts'
import { callOf, captureOf, keysOf, line, type Media, reportOn, SHORT, type Talk, under } from './faulty-call.ts'

const HEADERS = 24
const RECORD_HEADER = 16
const FRAME_HEADERS = 42

/** The capture as a snap length would have left it that spares the media: frames of SIP keep so many octets of UDP payload. */
function cutSip(datagrams: readonly TimedDatagram[], octets: number): Buffer {
  const capture = captureOf(datagrams)
  const parts = [capture.subarray(0, HEADERS)]
  for (let at = HEADERS; at < capture.length; ) {
    const length = capture.readUInt32LE(at + 8)
    const start = at + RECORD_HEADER
    const isMedia = (capture[start + FRAME_HEADERS] & 0xc0) === 0x80
    const kept = isMedia ? length : Math.min(length, FRAME_HEADERS + octets)
    const header = Buffer.from(capture.subarray(at, start))
    header.writeUInt32LE(kept, 8)
    parts.push(header, capture.subarray(start, start + kept))
    at = start + length
  }
  return Buffer.concat(parts)
}

const media: readonly Media[] = [
  { from: 'caller', at: 0.2, count: 120, protect: under(keysOf('second', SHORT)) },
  { from: 'callee', at: 0.2, count: 120, protect: under(keysOf('callee', SHORT)) },
]
/** What rests on nothing that may be missing. */
const TRUE = ['media-without-signalling', 'sdes-key-exposed', 'sip-cleartext', 'srtp-optional', 'srtp-weak-suite']

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
