import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { summaryOfBatch } from '../../src/batch/batch-summary.ts'
import type { CaptureSummary, RuleCount } from '../../src/batch/capture-summary.ts'
import type { JobOutcome, ReportedCapture } from '../../src/batch/job-outcome.ts'
import { CallSketch } from '../../src/batch/shared-calls.ts'
import { formatBatchSummary } from '../../src/batch/summary-text.ts'
import type { Severity } from '../../src/model/report.ts'

function rule(severity: Severity, name: string, count: number, time = '2026-01-15T09:00:00.000000Z'): RuleCount {
  return {
    rule: name,
    severity,
    title: `About ${name}`,
    count,
    first: { frame: 7, callId: `call-of-${time}`, time, detail: '' },
  }
}

function reported(capture: string, summary: Partial<CaptureSummary> = {}): ReportedCapture {
  const rules = summary.rules ?? []
  const sum = (severity: Severity) =>
    rules.reduce((total, one) => total + (one.severity === severity ? one.count : 0), 0)
  const findings = { error: sum('error'), warning: sum('warning'), info: sum('info') }
  const packets = { rtp: 10, rtcp: 1, verified: 8, failed: 1, unverified: 1, plain: 1 }
  return {
    status: 'reported',
    name: capture,
    capture,
    identity: { sizeBytes: 1, modifiedMs: 1, digest: '' },
    optionsDigest: '',
    reports: [{ name: `${capture}.json`, bytes: 1 }],
    seconds: 1,
    summary: {
      totals: { frames: 20, sipMessages: 6, calls: 1, streams: 2, ...packets, findings },
      rules: [],
      peers: [],
      morePeers: 0,
      hours: [],
      callSketch: '',
      beyondMemory: false,
      ...summary,
    },
  }
}

const peer = (address: string, error: number, calls: number) => {
  const rules = error > 0 ? [{ rule: 'srtp-auth-failed', severity: 'error' as const, count: error }] : []
  return { address, error, warning: 0, info: 0, calls, rules }
}
const hour = (name: string, error: number, calls: number) => ({ hour: name, error, warning: 0, info: 0, calls })

const OUTCOMES: readonly JobOutcome[] = [
  reported('clean.pcap', { peers: [peer('192.0.2.9', 0, 5)], hours: [hour('2026-01-15T08', 0, 5)] }),
  reported('bad.pcap', {
    firstTime: '2026-01-15T09:10:00.000000Z',
    lastTime: '2026-01-15T10:20:00.000000Z',
    rules: [rule('error', 'srtp-auth-failed', 3, '2026-01-15T10:00:00.000000Z'), rule('warning', 'sip-cleartext', 9)],
    peers: [peer('192.0.2.1', 2, 3), peer('192.0.2.9', 1, 1)],
    hours: [hour('2026-01-15T10', 3, 2)],
    morePeers: 4,
  }),
  reported('worse.pcap', {
    firstTime: '2026-01-14T23:00:00.000000Z',
    lastTime: '2026-01-15T00:00:00.000000Z',
    rules: [rule('error', 'srtp-auth-failed', 4, '2026-01-15T09:00:00.000000Z'), rule('info', 'srtp-optional', 1)],
    peers: [peer('192.0.2.9', 4, 2)],
    hours: [hour('2026-01-15T09', 4, 1), hour('2026-01-15T10', 1, 1)],
  }),
  reported('cut.pcap', { lost: { reason: 'the file ends within a record', atByte: 99 } }),
  {
    status: 'failed',
    name: 'x',
    capture: 'no\u001b[31m.pcap',
    error: 'no\u001b[31m.pcap: no capture',
    code: 'SRTP_SCAN_NO_CAPTURE',
  },
]
const UNREAD = [{ capture: 'none.pcap', error: 'none.pcap: no such file' }]
const SUMMARY = summaryOfBatch(OUTCOMES, UNREAD, 2)

describe('the summary of a batch', () => {
  test('counts captures, and adds up', () => {
    expect(SUMMARY.counts).toEqual({ captures: 8, reported: 4, failed: 2, left: 2 })
    expect(SUMMARY.totals).toMatchObject({ frames: 80, verified: 32, findings: { error: 7, warning: 9, info: 1 } })
    expect([SUMMARY.firstTime, SUMMARY.lastTime]).toEqual([
      '2026-01-14T23:00:00.000000Z',
      '2026-01-15T10:20:00.000000Z',
    ])
  })

  test('has captures worst first, damaged ones before sound ones', () => {
    expect(SUMMARY.captures.map(({ path }) => path)).toEqual(['worse.pcap', 'bad.pcap', 'cut.pcap', 'clean.pcap'])
    expect(SUMMARY.failed.map(({ capture }) => capture)).toEqual(['no\u001b[31m.pcap', 'none.pcap'])
  })

  test('has captures whose calls have errors of their own before those of which only what is true of all calls is told', () => {
    const worst = [{ callId: 'x@a', rules: [{ rule: 'one-way-media', severity: 'error' as const, count: 1 }] }]
    const summary = summaryOfBatch(
      [
        reported('exposed.pcap', { rules: [rule('error', 'sdes-key-exposed', 9)] }),
        reported('one-way.pcap', {
          rules: [rule('error', 'sdes-key-exposed', 5), rule('error', 'one-way-media', 1)],
          faultyCalls: { count: 1, worst },
        }),
      ],
      [],
      0,
    )
    expect(summary.captures.map(({ path }) => path)).toEqual(['one-way.pcap', 'exposed.pcap'])
    expect(summary.captures[0].rules.map((one) => one.rule)).toEqual(['one-way-media', 'sdes-key-exposed'])
    expect(summary.rules.map((one) => one.rule)).toEqual(['one-way-media', 'sdes-key-exposed'])
    expect(summary.faultyCalls).toBe(1)
    const text = formatBatchSummary(summary, { width: 80, color: false, folder: 'out' })
    expect(text).toContain('\n1 call with errors of its own\n')
    expect(text).toMatch(/ one-way\.pcap\.json\n +one-way-media, sdes-key-exposed 5\n +call x@a\n/)
    const [capture] = summary.captures
    const ofSeveral = { ...summary, captures: [{ ...capture, totals: { ...capture.totals, calls: 5 } }] }
    expect(formatBatchSummary(ofSeveral, { width: 80, color: false, folder: 'out' })).toMatch(
      / call x@a: one-way-media\n/,
    )
  })

  test('names captures that share calls', () => {
    const capture = (path: string, callIds: readonly string[]) => {
      const sketch = new CallSketch()
      for (const callId of callIds) sketch.add(callId)
      return reported(path, { callSketch: sketch.text })
    }
    const several = (first: number) => Array.from({ length: 20 }, (_, n) => `${first + n}@host`)
    const summary = summaryOfBatch(
      [capture('a', several(0)), capture('b', several(15)), capture('c', several(90))],
      [],
      0,
    )
    expect(summary.sharedCalls).toEqual({ calls: 5, captures: 2, example: ['a', 'b'] })
    expect(formatBatchSummary(summary, { width: 80, color: false, folder: 'out' })).toContain('--as-one')
    expect(summaryOfBatch([capture('a', several(0)), capture('c', several(90))], [], 0).sharedCalls).toBeUndefined()
  })

  test('has rules severest first, each with where it shows first in time', () => {
    expect(SUMMARY.rules.map(({ rule, count, captures }) => [rule, count, captures])).toEqual([
      ['srtp-auth-failed', 7, 2],
      ['sip-cleartext', 9, 1],
      ['srtp-optional', 1, 1],
    ])
    expect(SUMMARY.rules[0].first).toMatchObject({ capture: 'worse.pcap', frame: 7 })
  })

  test('adds up addresses and hours over captures', () => {
    expect(SUMMARY.peers).toEqual([
      { ...peer('192.0.2.9', 5, 8), captures: 2 },
      { ...peer('192.0.2.1', 2, 3), captures: 1 },
    ])
    expect(SUMMARY.morePeers).toBe(4)
    expect(SUMMARY.hours).toEqual([
      hour('2026-01-15T08', 0, 5),
      hour('2026-01-15T09', 4, 1),
      hour('2026-01-15T10', 4, 3),
    ])
  })

  test('is the same in whatever order captures end', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...OUTCOMES], { minLength: OUTCOMES.length }), (outcomes) => {
        expect(JSON.stringify(summaryOfBatch(outcomes, UNREAD, 2))).toBe(JSON.stringify(SUMMARY))
      }),
    )
  })
})

describe('the summary as text', () => {
  const text = (summary = SUMMARY, color = false) => formatBatchSummary(summary, { width: 80, color, folder: 'out' })

  test('says in its first lines what was read, and what was found', () => {
    expect(text().split('\n').slice(0, 5)).toEqual([
      '4 captures reported on, 2 could not be read, 2 not reached',
      '4 calls, 8 streams, 2026-01-14 23:00 to 2026-01-15 10:20 UTC',
      '32 of 44 packets verified, 4 failed, 4 in the clear, 4 unverified',
      '7 errors, 9 warnings, 1 info, 2 captures without findings',
      '',
    ])
  })

  test('has every part, nothing that a terminal would obey, and no line that is too long', () => {
    for (const part of ['Could not be read', 'Captures, worst', 'Findings by rule', 'Addresses with', 'Hours with']) {
      expect(text()).toContain(part)
    }
    expect(text()).toContain('no\\u{1b}[31m.pcap')
    expect(text()).toContain('damaged: the file ends within a record')
    expect(text()).toContain('The same command goes on')
    expect(text()).not.toContain('\u001b')
    expect(text(SUMMARY, true)).toContain('\u001b[1m')
    expect(
      text()
        .split('\n')
        .filter((line) => line.length > 80),
    ).toEqual([])
  })

  test('is short where nothing was found', () => {
    expect(
      text(summaryOfBatch([reported('a.pcap')], [], 0))
        .trimEnd()
        .split('\n'),
    ).toHaveLength(6)
  })

  test('sums up what there is too much of', () => {
    const many = Array.from({ length: 50 }, (_, n) =>
      reported(`${n}.pcap`, {
        rules: [rule('error', `rule-${n}`, 1)],
        peers: [peer(`192.0.2.${n}`, 1, 1)],
        hours: [hour(`2026-01-${10 + (n % 20)}T${10 + Math.floor(n / 20)}`, n, 1)],
      }),
    )
    const lines = text(summaryOfBatch(many, [], 0)).split('\n')
    expect(lines.filter((line) => line.includes('in summary.json')).map((line) => line.trim())).toEqual([
      '30 more captures in summary.json',
      '30 more rules in summary.json',
      '35 more addresses in summary.json',
      '25 more hours in summary.json',
    ])
  })
})
