import { describe, expect, test } from 'vitest'
import type { AnalysedStream } from '../../../src/model/analysis.ts'
import { noMedia } from '../../../src/rules/media/no-media.ts'
import { CALLEE, CALLER, callOf, hop, mediaAt, streamOf, traceOf } from '../media-trace.ts'

const other = (port: number) => ({ address: CALLER.address, port })

const found = (calls = [callOf()], streams: readonly AnalysedStream[] = []) =>
  noMedia.find(traceOf({ calls, streams })).map(({ severity, callId, evidence }) => ({ severity, callId, evidence }))

describe('no-media: established, sendrecv, and no RTP (RFC 3264 §5.1)', () => {
  test('an error where the same host has other media', () => {
    const [first, second] = [
      callOf(),
      callOf({
        callId: 'two',
        exchanges: [hop({ offerMedia: mediaAt(other(30010)), answerMedia: mediaAt({ ...CALLEE, port: 40010 }) })],
      }),
    ]
    expect(found([first, second], [streamOf()])).toEqual([
      {
        severity: 'error',
        callId: 'two',
        evidence: { seconds: 10, offered: '203.0.113.10:30010', answered: '198.51.100.20:40010' },
      },
    ])
  })

  test('one warning for a trace without media', () => {
    expect(found([callOf(), callOf({ callId: 'two' })])).toEqual([
      { severity: 'warning', callId: undefined, evidence: { calls: 2 } },
    ])
  })

  test('a warning where only other hosts have media: it passes elsewhere', () => {
    const far = [
      { address: '192.0.2.7', port: 5000 },
      { address: '192.0.2.8', port: 5000 },
    ] as const
    const streams = [streamOf({ source: far[0], destination: far[1], call: undefined })]
    expect(found([callOf()], streams)).toEqual([{ severity: 'warning', callId: 'one', evidence: { calls: 1 } }])
  })
})

describe('no-media is silent', () => {
  test('RTCP between the described addresses is no media, and shows that the capture stands where media passes', () => {
    const control = (options: Parameters<typeof streamOf>[0] = {}) =>
      streamOf({ ...options, report: { kind: 'rtcp' }, facts: { match: 'both', ...options.facts } })
    const far = { address: '192.0.2.7', port: 5000 }
    const elsewhere = streamOf({ source: far, destination: { ...far, port: 6000 }, call: undefined })
    expect(found([callOf()], [control(), elsewhere])).toMatchObject([{ severity: 'error', callId: 'one' }])
    expect(found([callOf()], [control({ until: 0.5 })])).toEqual([])
    expect(found([callOf()], [control({ facts: { match: 'destination' } })])).toEqual([])
  })

  test('a warning where the capture has no RTP at all: some agents keep SIP and RTCP alone', () => {
    const control = streamOf({ report: { kind: 'rtcp' }, facts: { match: 'both' } })
    expect(found([callOf()], [control])).toMatchObject([{ severity: 'warning', callId: 'one' }])
  })

  test('media in one direction: one-way-media speaks', () => expect(found([callOf()], [streamOf()])).toEqual([]))
  test('calls that were not answered', () => expect(found([callOf({ state: 'failed' })])).toEqual([]))
  test('calls under a second', () => expect(found([callOf({ seconds: 0.9 })])).toEqual([]))

  test('hold from the beginning', () => {
    expect(found([callOf({ exchanges: [hop({ offerMedia: mediaAt(CALLER, { direction: 'inactive' }) })] })])).toEqual(
      [],
    )
    expect(found([callOf({ exchanges: [hop({ offerMedia: mediaAt({ ...CALLER, address: '0.0.0.0' }) })] })])).toEqual(
      [],
    )
  })

  test('RTP in a TCP connection, which is not read (RFC 4571, RFC 7850)', () => {
    const profile = 'TCP/RTP/SAVP'
    const overTcp = { offerMedia: mediaAt(CALLER, { profile }), answerMedia: mediaAt(CALLEE, { profile }) }
    expect(found([callOf({ exchanges: [hop(overTcp)] })])).toEqual([])
  })

  test('a refused m= line', () => {
    expect(found([callOf({ exchanges: [hop({ answerMedia: mediaAt(CALLEE, { rejected: true }) })] })])).toEqual([])
  })

  test('RTP toward its port that another call owns', () => {
    expect(found([callOf(), callOf({ callId: 'two' })], [streamOf()])).toEqual([])
  })

  test('media on the other leg of a relayed call', () => {
    const relay = { address: '192.0.2.1', port: 6000 }
    const exchanges = [
      hop({ answerMedia: mediaAt(relay), to: relay.address }),
      hop({ offerMedia: mediaAt(relay), from: relay.address }),
    ]
    const streams = [streamOf({ source: relay, exchanges: [1] })]
    expect(found([callOf({ exchanges })], streams)).toEqual([])
  })

  test('no calls', () => expect(found([], [streamOf({ call: undefined })])).toEqual([]))
})
