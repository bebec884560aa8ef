import { describe, expect, test } from 'vitest'
import { callOf, line, type Media, reportOn, type Talk } from './faulty-call.ts'

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
