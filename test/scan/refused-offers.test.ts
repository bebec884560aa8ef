import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { TimedDatagram } from '../../samples/frames.ts'
import { scan } from '../../src/scan/scan.ts'
import { callOf, captureOf, keysOf, line, type Media, reportOn, under } from './faulty-call.ts'

/** The call's answer becomes a refusal, and the BYE is left out. */
function refused(datagrams: readonly TimedDatagram[]): readonly TimedDatagram[] {
  return datagrams.flatMap((one) => {
    const text = Buffer.from(one.payload).toString('latin1')
    if (text.startsWith('BYE ')) return []
    return text.startsWith('SIP/2.0 200 OK') ? [{ ...one, payload: Buffer.from(asRefusal(text)) }] : [one]
  })
}

function asRefusal(text: string): string {
  const headers = text.slice(0, text.indexOf('\r\n\r\n'))
  const withoutBody = headers.replace(/Content-Type: .*\r\n/, '').replace(/Content-Length: \d+/, 'Content-Length: 0')
  return `${withoutBody.replace('200 OK', '487 Request Terminated')}\r\n\r\n`
}

describe('media of a call whose only offer was refused', () => {
  const early: Media = { from: 'callee', at: 0.02, count: 3, isRtcp: true, protect: under(keysOf('callee')) }

  test('is not in the clear where the offer asked for protection: the callee has a key that no answer named', async () => {
    const datagrams = refused(callOf([{ at: 0, offer: [line(1, 'caller')], answer: [] }], [early]))
    const { streams } = await reportOn(datagrams)
    expect(streams).toMatchObject([{ protection: 'srtp', packets: 3, plain: 0, unverified: 3 }])
  })

  test('in the clear all the same is a leak of what was offered, not agreed', async () => {
    const silence = (packet: Buffer) => Buffer.concat([packet.subarray(0, 12), Buffer.alloc(160, 0xff)])
    const rtp: Media = { from: 'callee', at: 0.02, count: 50, protect: silence }
    const datagrams = refused(callOf([{ at: 0, offer: [line(1, 'caller')], answer: [] }], [rtp]))
    const { findings } = await reportOn(datagrams)
    expect(findings.find(({ rule }) => rule === 'rtp-avp-leak')?.detail).toContain(
      'although the offer of frame 1 asks for RTP/SAVP;',
    )
  })

  test('is as the offer says where it asked for none', async () => {
    const talk = { at: 0, offer: [], answer: [], profile: 'RTP/AVP' }
    const { streams } = await reportOn(refused(callOf([talk], [{ ...early, protect: (packet) => packet }])))
    expect(streams).toMatchObject([{ protection: 'plain', packets: 3, plain: 3 }])
  })

  test('behind the refusal does not go by the key of the offer, from a pipe no more than from a file', async () => {
    const late: Media = { from: 'caller', at: 0.3, count: 20, protect: under(keysOf('caller')) }
    const datagrams = refused(callOf([{ at: 0, offer: [line(1, 'caller')], answer: [] }], [late]))
    const fromFile = await reportOn(datagrams)
    const fromPipe = await scan({ captures: ['-'], stdin: Readable.from([captureOf(datagrams)]) })
    expect(fromFile.streams).toMatchObject([{ packets: 20, verified: 0 }])
    expect(fromPipe.streams).toEqual(fromFile.streams)
  })
})
