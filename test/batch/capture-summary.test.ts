import { describe, expect, test } from 'vitest'
import { summaryOf } from '../../src/batch/capture-summary.ts'
import type { Finding } from '../../src/model/report.ts'
import { CALL, FINDING, ordinaryReport, STREAM, WHOLE_REPORT } from '../report/sample-report.ts'

const [CAPTURE] = WHOLE_REPORT.captures

function report(findings: readonly Partial<Finding>[]) {
  const bare = { ...FINDING, kind: undefined, callId: undefined, streamId: undefined, evidence: {} }
  return ordinaryReport({
    captures: [{ ...CAPTURE, firstTime: '2026-01-15T08:59:59.000000Z' }],
    calls: [
      { ...CALL, callId: 'c', legs: ['192.0.2.1:5060 > [2001:db8::2]:5060'], startTime: '2026-01-15T09:59:59.000000Z' },
    ],
    streams: [
      {
        ...STREAM,
        id: 's',
        src: '192.0.2.7:4000',
        dst: '[2001:db8::8]:4000',
        firstTime: '2026-01-15T10:00:01.000000Z',
      },
    ],
    findings: findings.map((finding) => ({ ...bare, ...finding })),
  })
}

const found = (findings: readonly Partial<Finding>[]) => {
  const { peers, hours } = summaryOf(report(findings))
  const bad = peers.filter(({ error }) => error > 0).map(({ address }) => address)
  return { peers: bad.sort(), hours: hours.filter(({ error }) => error > 0).map((hour) => hour.hour) }
}

test('a call with errors of its own: not those that are true of most calls of a network', () => {
  const error = (rule: string, callId?: string) => ({ severity: 'error' as const, rule, ...(callId && { callId }) })
  const { faultyCalls } = summaryOf(
    report([
      error('sdes-key-exposed', 'c'),
      error('one-way-media', 'd'),
      error('srtp-auth-failed', 'c'),
      error('srtp-auth-failed', 'c'),
      { ...error('rtp-plain', 'e'), severity: 'warning' },
      error('invite-flood'),
    ]),
  )
  const rules = (rule: string, count: number) => [{ rule, severity: 'error', count }]
  expect(faultyCalls).toEqual({
    count: 2,
    worst: [
      { callId: 'c', rules: rules('srtp-auth-failed', 2) },
      { callId: 'd', rules: rules('one-way-media', 1) },
    ],
  })
  expect(summaryOf(report([error('sdes-key-exposed', 'c')])).faultyCalls).toBeUndefined()
})

describe('what a finding is about', () => {
  test('a stream: both ends, and the hour in which it began', () => {
    expect(found([{ severity: 'error', callId: 'c', streamId: 's' }])).toEqual({
      peers: ['192.0.2.7', '2001:db8::8'],
      hours: ['2026-01-15T10'],
    })
  })

  test('a call: all that its signalling goes over, and the hour in which it began', () => {
    expect(found([{ severity: 'error', callId: 'c' }])).toEqual({
      peers: ['192.0.2.1', '2001:db8::2'],
      hours: ['2026-01-15T09'],
    })
  })

  test.each<[string, Finding['evidence'], string[]]>([
    ['a TLS server', { server: '192.0.2.5:5061' }, ['192.0.2.5']],
    ['hosts', { hosts: ['192.0.2.5', '2001:db8::5'] }, ['192.0.2.5', '2001:db8::5']],
    ['a source', { source: '192.0.2.5' }, ['192.0.2.5']],
    ['how many sources there are', { sources: 9 }, []],
    ['nobody', {}, []],
  ])('%s: what the evidence names, and the hour in which it showed', (_, evidence, peers) => {
    const time = '2026-01-15T11:00:00.000000Z'
    expect(found([{ severity: 'error', evidence, time }])).toEqual({ peers, hours: ['2026-01-15T11'] })
  })

  test('an address that takes part in the same finding twice counts once', () => {
    const { peers } = summaryOf(report([{ severity: 'error', evidence: { hosts: ['192.0.2.5', '192.0.2.5'] } }]))
    expect(peers.find(({ address }) => address === '192.0.2.5')?.error).toBe(1)
  })
})

test('a summary stays small however many addresses and findings there are', () => {
  const many = Array.from({ length: 5000 }, (_, n) => ({
    severity: 'warning' as const,
    detail: 'x'.repeat(5000),
    evidence: { source: `2001:db8:1::${n.toString(16)}` },
  }))
  const summary = summaryOf(report(many))
  expect(summary.peers).toHaveLength(200)
  expect(summary.morePeers).toBe(5000 + 2 - 200)
  expect(summary.rules[0].count).toBe(5000)
  expect(JSON.stringify(summary).length).toBeLessThan(32_768)
})
