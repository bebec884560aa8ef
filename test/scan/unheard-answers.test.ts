import { expect, test } from 'vitest'
import type { TimedDatagram } from '../../samples/frames.ts'
import { audio } from '../media/exchanges.ts'
import { CALLEE, CALLER, callOf, keysOf, line, type Media, reportOn, under } from './faulty-call.ts'

const TALK = { at: 0, offer: [line(1, 'caller')], answer: [line(1, 'callee')] }
const MOVED = 30_000

const media = (from: Media['from'], at: number, key: string, firstSequence = 1000): Media => ({
  from,
  at,
  count: 130,
  firstSequence,
  protect: under(keysOf(key)),
})

/** The callee's UPDATE, which moves its port and gives it another key. Its answer is not in the capture. */
const UPDATE: TimedDatagram = (() => {
  const body = audio(CALLEE.address, MOVED, 'RTP/SAVP', line(1, 'moved'))
  const text = [
    'UPDATE sip:a@203.0.113.10 SIP/2.0',
    'Via: SIP/2.0/UDP 198.51.100.20:5060;branch=z9hG4bKupdate',
    'From: <sip:b@198.51.100.20>;tag=b',
    'To: <sip:a@203.0.113.10>;tag=a',
    'Call-ID: call@203.0.113.10',
    'CSeq: 7 UPDATE',
    'Content-Type: application/sdp',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
  return {
    timeNs: 3e9,
    source: { ...CALLEE, port: 5060 },
    destination: { ...CALLER, port: 5060 },
    payload: Buffer.from(text),
  }
})()

/** What both sides send from then on. */
function moved(callerKey: string): TimedDatagram[] {
  const toMoved = (end: typeof CALLER) => (end.address === CALLEE.address ? { ...end, port: MOVED } : end)
  return callOf([TALK], [media('caller', 3.2, callerKey, 1130), media('callee', 3.2, 'moved', 1130)])
    .filter(({ payload }) => (payload[0] as number) >> 6 === 2)
    .map((sent) => ({ ...sent, source: toMoved(sent.source), destination: toMoved(sent.destination) }))
}

test.each([
  ['the key that it gave before', 'caller', [130, 0, 0, undefined]],
  ['another', 'unheard', [0, 0, 130, 'sent under keys whose agreement was not captured']],
])(
  'who goes on to where an offer of its peer moved to, under %s, though its answer was not captured',
  async (_, key, expected) => {
    const before = callOf([TALK], [media('caller', 0.2, 'caller'), media('callee', 0.2, 'callee')])
    const { streams, findings } = await reportOn([...before, UPDATE, ...moved(key)])
    const seen = streams.map(({ verified, failed, unverified, unverifiedReason }) => [
      verified,
      failed,
      unverified,
      unverifiedReason,
    ])
    expect(seen).toEqual([[130, 0, 0, undefined], [130, 0, 0, undefined], expected, [130, 0, 0, undefined]])
    expect(findings.filter(({ rule }) => rule.startsWith('srtp-') || rule.startsWith('crypto-'))).toEqual([])
  },
)
