import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Call, Report } from '../../../src/model/report.ts'
import { MappedSequence } from '../../../src/model/sequence.ts'
import { callName } from '../../../src/report/html/call-name.ts'
import { formatHtml } from '../../../src/report/html/html.ts'
import { CALL, FINDING, ordinaryReport, STREAM, WHOLE_REPORT } from '../sample-report.ts'
import { writtenDocument } from './blocks.ts'

/** An ordinary report with as many calls, of which `found` has a finding. */
function reportOf(length: number, found: number): Report {
  const { ladder: _, ...call } = CALL
  const calls = Array.from({ length }, (_, n): Call => ({ ...call, callId: `call-${n}`, sessions: [] }))
  return ordinaryReport({ calls, streams: [], findings: [{ ...FINDING, callId: `call-${found}` }] })
}

describe('the document', () => {
  test('holds every call, stream and finding with its details, and where each belongs', () => {
    const { calls, streams, findings, index } = writtenDocument(WHOLE_REPORT)
    expect(calls).toEqual(WHOLE_REPORT.calls)
    expect(streams).toEqual(WHOLE_REPORT.streams.map((stream) => ({ ...stream, row: 0 })))
    expect(findings).toEqual(WHOLE_REPORT.findings.map((finding) => ({ ...finding, row: 0 })))
    expect(index.rows).toMatchObject({ callId: [CALL.callId], streams: [[0]], findings: [[0]], groups: [[0]] })
    expect(index.joined).toEqual([{ rows: [0], by: ['session-id'], certainty: 'certain' }])
    for (const name of ['captures', 'totals', 'tls', 'anomalies', 'policies', 'policyNotShown'] as const) {
      expect(index[name]).toEqual(WHOLE_REPORT[name])
    }
  })

  test('sums up a row of each call: what its offerer and its answerer sent, by fate', () => {
    const other = { ...STREAM, id: 's2', sender: 'answerer' as const, verified: 7, failed: 1, plain: 0, unverified: 0 }
    const { index } = writtenDocument({ ...WHOLE_REPORT, streams: [STREAM, other] })
    expect(index.rows.offerer[0]).toEqual([400, 10, 2, 6])
    expect(index.rows.answerer[0]).toEqual([7, 1, 0, 0])
    expect(index.rows).toMatchObject({ seconds: [119.9], security: ['srtp'], keying: ['sdes'], lost: [6] })
  })

  test('groups findings that say the same, with calls, times and peers', () => {
    const again = { ...FINDING, callId: 'another', streamId: undefined }
    const call = {
      ...CALL,
      callId: 'another',
      startTime: '2026-01-15T10:00:00.000000Z',
      legs: ['10.0.0.1:5060 > [::1]:5060'],
    }
    const { index } = writtenDocument({ ...WHOLE_REPORT, calls: [CALL, call], findings: [FINDING, again] })
    expect(index.groups).toHaveLength(1)
    expect(index.groups[0]).toMatchObject({
      rule: FINDING.rule,
      count: 2,
      calls: 2,
      firstTime: STREAM.firstTime,
      lastTime: call.startTime,
      findings: [0, 1],
    })
    expect(index.groups[0].peers).toEqual(expect.arrayContaining(['192.0.2.10', '198.51.100.20', '10.0.0.1', '::1']))
  })

  test('lets nothing run but its own script and style, which it names by their hashes', () => {
    const { html } = writtenDocument(WHOLE_REPORT)
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html) ?? []
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(html) ?? []
    const [, script] = /<script>([\s\S]*?)<\/script>/.exec(html) ?? []
    const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    const directives = Object.fromEntries(
      policy.split('; ').map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1).join(' ')]),
    )
    expect(directives).toMatchObject({
      'default-src': "'none'",
      'script-src': digest(script),
      'style-src': digest(style),
      'base-uri': "'none'",
      'form-action': "'none'",
    })
    expect(html).not.toMatch(/\s(?:on\w+|style)="/)
  })

  test('shows markup, controls and directions of the wire as text, long texts shortened', () => {
    const hostile = '</script><script>alert(1)</script>\u001b[31m\u202egnp.exe\u0000'
    const call = { ...CALL, callId: hostile, from: 'a'.repeat(1 << 20) }
    const captures = [{ ...WHOLE_REPORT.captures[0], path: hostile }]
    const { html, calls, index } = writtenDocument({ ...WHOLE_REPORT, calls: [call], captures })
    expect(html).not.toContain('alert(1)</script>')
    for (const character of '\u0000\u001b\u202e') expect(html).not.toContain(character)
    expect(html.length).toBeLessThan(400_000)
    expect(calls[0].callId).toBe('</script><script>alert(1)</script>\\u{1b}[31m\\u{202e}gnp.exe\\u{0}')
    expect(calls[0].from).toContain('… (1,048,576 characters)')
    expect(index.rows.from[0].length).toBeLessThan(300)
  })

  test('names calls apart whose Call-IDs begin alike, or are shown alike, and finds each by the whole of it', () => {
    const long = 'x'.repeat(600)
    const callIds = [`${long}-one`, `${long}-two`, 'a\u0007', 'a\\u{7}', 'ordinary@host']
    const { index } = writtenDocument({ ...WHOLE_REPORT, calls: callIds.map((callId) => ({ ...CALL, callId })) })
    expect(new Set(index.rows.callId).size).toBe(callIds.length)
    expect(index.rows.callId).toEqual(callIds.map(callName))
    expect(index.rows.callId.slice(3)).toEqual(callIds.slice(3))
    expect(index.rows.search[1]).toContain(callIds[1])
  })

  test('is written while calls are read, not when all are', () => {
    let read = 0
    const calls = new MappedSequence(reportOf(1000, 0).calls, (call) => {
      read++
      return call
    })
    const pieces = formatHtml({ ...reportOf(1000, 0), calls })
    pieces.next()
    expect(pieces.next().value).toContain('id="calls-0"')
    expect(read).toBeLessThan(20)
  })

  test('lists what there is room for, calls with findings first, and says what it leaves out', () => {
    const { index } = writtenDocument(reportOf(50_010, 50_009))
    expect(index.rows.callId).toHaveLength(50_000)
    expect(index.rows.callId.at(-1)).toBe('call-50009')
    expect(index.leftOut.calls).toBe(10)
  })

  test('says without scripts what was found', () => {
    const { html } = writtenDocument(WHOLE_REPORT)
    const [, plain] = /<noscript>([\s\S]*?)<\/noscript>/.exec(html) ?? []
    expect(plain).toContain('1 call, 4 streams')
    expect(plain).toContain(FINDING.title)
  })
})
