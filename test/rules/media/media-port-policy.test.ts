import { describe, expect, test } from 'vitest'
import type { AnalysedStream } from '../../../src/model/analysis.ts'
import { mediaPortPolicy } from '../../../src/rules/media/media-port-policy.ts'
import { CALLEE, CALLER, callOf, hop, mediaAt, streamBack, streamOf, traceOf } from '../media-trace.ts'

/** The caller uses 30000, the callee 40000. */
function found(streams: readonly AnalysedStream[], from = 16384, to = 32768, exchanges = [hop()]) {
  return mediaPortPolicy.find(traceOf({ calls: [callOf({ exchanges })], streams }), {
    names: ['mine'],
    mediaPorts: { from, to },
  })
}

describe('media-port-policy', () => {
  test('an agreed port outside of the range: once an endpoint, though the media uses it too', () => {
    const [one, ...rest] = found([streamOf(), streamBack()])
    expect(rest).toEqual([])
    expect(one).toMatchObject({
      severity: 'warning',
      callId: 'one',
      frames: [3],
      evidence: { endpoint: '198.51.100.20:40000', port: 40000 },
    })
  })

  test('packets from a port that nobody agreed on', () => {
    const mapped = streamOf({ source: { address: CALLER.address, port: 1024 } })
    const [one, ...rest] = found([mapped], 20000, 50000)
    expect(rest).toEqual([])
    expect(one).toMatchObject({ streamId: mapped.report.id, evidence: { port: 1024 } })
  })

  test('both ends of the range belong to it, and RTCP follows from RTP', () => {
    const control = streamOf({
      source: { address: CALLER.address, port: 30001 },
      destination: { address: CALLEE.address, port: 40001 },
      report: { kind: 'rtcp' },
    })
    expect(found([streamOf(), control], 30000, 40000)).toEqual([])
  })

  test('silent without a range', () => {
    expect(mediaPortPolicy.find(traceOf({ calls: [callOf()], streams: [streamOf()] }))).toEqual([])
  })

  test('the port of an m= line beside ICE candidates says little (RFC 8839 §4.2.1)', () => {
    const answerMedia = mediaAt(CALLEE, { port: 9, candidateAddresses: ['198.51.100.20'] })
    expect(found([], 16384, 32768, [hop({ answerMedia })])).toEqual([])
  })

  test('nothing is wanted at an unspecified address (RFC 3264 §8.4)', () => {
    const answerMedia = mediaAt(CALLEE, { connectionAddress: '0.0.0.0' })
    expect(found([], 16384, 32768, [hop({ answerMedia })])).toEqual([])
  })

  test('RTP of no call: its first twenty ports, and the number of the others', () => {
    const strays = Array.from({ length: 30 }, (_, n) =>
      streamOf({ call: undefined, source: { address: CALLER.address, port: 1000 + n } }),
    )
    const all = found(strays, 16384, 40000)
    expect(all).toHaveLength(21)
    expect(all.at(-1)).toMatchObject({ evidence: { ports: 10 } })
  })
})
