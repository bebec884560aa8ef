import { describe, expect, test } from 'vitest'
import { callOf, keysOf, line, type Media, reportOn, type Talk, under } from './faulty-call.ts'

/** The call without the SIP messages that begin so; `nth` of them only, from 0. */
function without(datagrams: ReturnType<typeof callOf>, start: string, nth?: number) {
  let seen = 0
  return datagrams.filter(({ payload }) => {
    const text = Buffer.from(payload.subarray(0, start.length)).toString('latin1')
    return text !== start || (nth !== undefined && seen++ !== nth)
  })
}

const talk: Talk = { at: 0, offer: [line(1, 'caller')], answer: [line(1, 'callee')] }

describe('a call whose 200 was not captured', () => {
  const clear: readonly Media[] = [
    { from: 'caller', at: 0.2, count: 100 },
    { from: 'callee', at: 0.2, count: 100 },
  ]

  test('was answered: its ACK says so', async () => {
    const { calls } = await reportOn(without(callOf([talk], clear), 'SIP/2.0 200'))
    expect(calls).toMatchObject([{ state: 'completed' }])
  })

  test('is not said to have agreed on protection', async () => {
    // G.711 that shows as such.
    const silence = (rtp: Buffer) => Buffer.from(rtp).fill(0xff, 12)
    const media = clear.map((one) => ({ ...one, protect: silence }))
    const { findings, streams } = await reportOn(without(callOf([talk], media), 'SIP/2.0 200'))
    const details = findings.filter(({ rule }) => rule === 'rtp-avp-leak').map(({ detail }) => detail)
    expect(details).toHaveLength(2)
    for (const detail of details) {
      expect(detail).toContain('although the offer of frame 1 asks for RTP/SAVP, to which no answer was captured;')
    }
    for (const { explanation } of streams) {
      expect(explanation?.text).toContain('in the clear although protection was offered')
    }
  })
})

describe('a call that is keyed anew, of which a message was not captured', () => {
  const talks: readonly Talk[] = [talk, { at: 2, offer: [line(1, 'caller anew')], answer: [line(1, 'callee anew')] }]
  const media: readonly Media[] = (['caller', 'callee'] as const).flatMap((from, n): Media[] => [
    { from, at: 0.2, count: 80, ssrc: 10 + n, protect: under(keysOf(from)) },
    { from, at: 2.2, count: 80, ssrc: 20 + n, protect: under(keysOf(`${from} anew`)) },
  ])
  const datagrams = callOf(talks, media)
  const keys = JSON.stringify(
    [...talks].flatMap(({ offer, answer }) => [...offer, ...answer]).map((crypto) => ({ crypto })),
  )

  test.each([
    ['the INVITE', 'INVITE', 0],
    ['its 200', 'SIP/2.0 200', 0],
    ['the re-INVITE', 'INVITE', 1],
    ['the 200 of the re-INVITE', 'SIP/2.0 200', 1],
  ])('%s: what it described is not known, and nothing fails under something else', async (_, start, nth) => {
    const capture = without(datagrams, start, nth)
    const { totals, findings, streams } = await reportOn(capture)
    expect(totals).toMatchObject({ verified: 240, failed: 0, unverified: 80, plain: 0 })
    expect(findings.map(({ rule }) => rule)).toEqual(['sdes-key-exposed', 'sip-cleartext'])
    const unverified = streams.filter((stream) => stream.unverified > 0)
    const reasons = unverified.map(({ unverifiedReason }) => unverifiedReason)
    expect(reasons).toEqual(['sent under keys whose agreement was not captured'])
    const { totals: known } = await reportOn(capture, keys)
    expect(known).toMatchObject({ verified: 320, failed: 0 })
  })
})

describe('a call whose INVITE was not captured', () => {
  const media: readonly Media[] = [
    { from: 'caller', at: 0.2, count: 80, protect: under(keysOf('caller')) },
    { from: 'callee', at: 0.2, count: 80, protect: under(keysOf('callee')) },
  ]

  test('was answered all the same, and its callee is judged by the answer', async () => {
    const { calls, totals } = await reportOn(without(callOf([talk], media), 'INVITE'))
    expect(calls[0].sessions).toMatchObject([{ offerSeen: false, outcome: 'answered', answerFrame: 1 }])
    expect(totals).toMatchObject({ verified: 80, failed: 0, unverified: 80, plain: 0 })
  })

  test('a wrong key of the callee is found', async () => {
    const wrong = media.map((one) => ({ ...one, protect: under(keysOf('caller')) }))
    const { totals } = await reportOn(without(callOf([talk], wrong), 'INVITE'))
    expect(totals).toMatchObject({ verified: 0, failed: 80, unverified: 80, plain: 0 })
  })
})

test('requests that are captured behind their responses are told as if they were not', async () => {
  const media: readonly Media[] = [
    { from: 'caller', at: 0.2, count: 80, protect: under(keysOf('caller')) },
    { from: 'callee', at: 0.2, count: 80, protect: under(keysOf('callee')) },
  ]
  const datagrams = callOf([talk], media)
  const late = datagrams.map((one) =>
    Buffer.from(one.payload).toString('latin1').startsWith('INVITE') ? { ...one, timeNs: one.timeNs + 101e6 } : one,
  )
  const [sound, report] = [await reportOn(datagrams), await reportOn(late)]
  expect(report.calls[0].sessions[0].media).toEqual(sound.calls[0].sessions[0].media)
  expect(report.totals).toEqual(sound.totals)
})
