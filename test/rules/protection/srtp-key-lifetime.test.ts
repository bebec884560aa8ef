import { describe, expect, test } from 'vitest'
import type { AnalysedStream } from '../../../src/model/analysis.ts'
import { srtpKeyLifetime } from '../../../src/rules/protection/srtp-key-lifetime.ts'
import { type StreamOptions, streamBack, streamOf } from '../media-trace.ts'
import { agreement, callWith, found, line } from './agreed-suites.ts'
import { type KeyedCall, type Run, scanCalls } from './keyed-calls.ts'

const SUITE = 'AES_CM_128_HMAC_SHA1_80'
/** The caller's key is good for 1,024 packets, the callee's line says nothing. */
const call = callWith(agreement([line(1, SUITE, 1, '|2^10')], [line(1, SUITE, 9)]))
const [CALLER_KEY] = call.exchanges[0].offer.media[0].keyFingerprints
const [CALLEE_KEY] = call.exchanges[0].answers[0].media[0].keyFingerprints

function sent(packets: number, options: StreamOptions = {}, fingerprint = CALLER_KEY): AnalysedStream {
  const report = { packets, verified: packets, plain: 0, ...options.report }
  return streamOf({ ...options, report, facts: { verifiedUnder: [{ fingerprint, packets }], ...options.facts } })
}

function said(...streams: AnalysedStream[]): unknown[] {
  return found(srtpKeyLifetime, call, streams).map(({ severity, evidence }) => [severity, evidence.packets])
}

describe('srtp-key-lifetime (RFC 3711 §9.2, RFC 4568 §6.1)', () => {
  test('the lifetime of a line is in the facts', () => {
    expect(call.exchanges[0].offer.media[0].keyLifetimes).toEqual([{ fingerprint: CALLER_KEY, packets: 1024 }])
    expect(call.exchanges[0].answers[0].media[0].keyLifetimes).toEqual([])
  })

  test('more packets than the lifetime', () => {
    expect(said(sent(1024))).toEqual([])
    expect(said(sent(1025))).toEqual([['warning', 1025]])
    const [finding] = found(srtpKeyLifetime, call, [sent(1500)])
    expect(finding.detail).toContain('2^10 (1024): 476 too many')
  })

  test('all streams of a sender under one key count together', () => {
    expect(said(sent(600), sent(600, { report: { ssrc: '0x00000002' } }))).toEqual([['warning', 1200]])
  })

  test('silent for the same packets seen on another flow, and for copies and duplicates', () => {
    expect(said(sent(600), sent(600))).toEqual([])
    expect(said(sent(1200, { report: { captureDuplicates: 600, duplicates: 0 } }))).toEqual([])
    expect(said(sent(1200, { report: { captureDuplicates: 0, duplicates: 200 } }))).toEqual([])
  })

  test('SRTP and SRTCP packets are counted apart', () => {
    expect(said(sent(600), sent(600, { report: { kind: 'rtcp' } }))).toEqual([])
    expect(said(sent(1100, { report: { kind: 'rtcp' } }))).toEqual([['warning', 1100]])
  })

  test('SRTCP beside RTP that was captured twice is not counted, whether or not that could be verified', () => {
    const control = sent(1100, { report: { kind: 'rtcp' } })
    const copied = { captureDuplicates: 50 }
    expect(said(control, sent(600, { report: copied }))).toEqual([])
    expect(said(control, streamOf({ report: copied }))).toEqual([])
    expect(said(control, streamOf())).toEqual([['warning', 1100]])
  })

  test('the two directions are counted apart', () => {
    expect(
      said(sent(600), streamBack({ facts: { verifiedUnder: [{ fingerprint: CALLER_KEY, packets: 600 }] } })),
    ).toEqual([])
  })

  test('a key without a lifetime is good for 2^48 SRTP and 2^31 SRTCP packets', () => {
    const back = (packets: number, kind: 'rtp' | 'rtcp') => sent(packets, { report: { kind } }, CALLEE_KEY)
    expect(said(back(2 ** 31, 'rtcp'), back(2 ** 40, 'rtp'))).toEqual([])
    expect(said(back(2 ** 31 + 1, 'rtcp'))).toEqual([['warning', 2 ** 31 + 1]])
    expect(said(back(2 ** 48 + 2, 'rtp'))).toEqual([['warning', 2 ** 48 + 2]])
  })

  test("packets under the next key are not the last one's", () => {
    const verifiedUnder = [
      { fingerprint: CALLER_KEY, packets: 1000 },
      { fingerprint: CALLEE_KEY, packets: 500 },
    ]
    expect(said(sent(1500, { facts: { verifiedUnder } }))).toEqual([])
  })
})

test('from packets: the lifetime of the line, and what verified under its key', async () => {
  const run: Run = { from: 'caller', ssrc: 1, firstSequence: 1, packets: 300, says: 'hello' }
  const call: KeyedCall = { callId: 'one', keys: ['a', 'b'], lifetime: '|2^8', runs: [run] }
  const { findings } = await scanCalls([call])
  expect(findings.filter(({ rule }) => rule === 'srtp-key-lifetime')).toMatchObject([
    { severity: 'warning', evidence: { packets: 300, lifetime: 256 } },
  ])
})
