import type { Log, Result } from 'sarif'
import { describe, expect, test } from 'vitest'
import type { Finding, Report } from '../../src/model/report.ts'
import { captureUri } from '../../src/report/sarif/artifact.ts'
import { formatSarif } from '../../src/report/sarif/sarif.ts'
import { RULES } from '../../src/rules/catalogue.ts'
import { SAMPLES, sampleReport } from '../cli/screen/snapshots.ts'
import { PLAIN_TEXT } from './plain-text.ts'
import { FINDING, ordinaryReport, STREAM, WHOLE_REPORT } from './sample-report.ts'
import { validateSarif } from './sarif-schema.ts'

function logOf(report: Report): Log {
  const log = JSON.parse([...formatSarif(report, PLAIN_TEXT)].join(''))
  validateSarif(log)
  expect(validateSarif.errors).toBeNull()
  return log
}

function resultsOf(report: Report): readonly Result[] {
  return logOf(report).runs[0].results as Result[]
}

describe('the schema of SARIF 2.1.0', () => {
  test.each(SAMPLES)('holds the log of the sample %s, which has every finding of its report in order', (name) => {
    const report = sampleReport(name)
    expect(resultsOf(report).map(({ ruleId }) => ruleId)).toEqual(report.findings.map(({ rule }) => rule))
  })

  test('holds the log of a report in which every field occurs, and of an empty one', () => {
    logOf(WHOLE_REPORT)
    logOf({ ...ordinaryReport({ captures: [], calls: [], streams: [], findings: [] }) })
  })

  test.each<[string, (log: Log) => void]>([
    ['a level that there is not', (log) => Object.assign(log.runs[0].results?.[0] as Result, { level: 'info' })],
    ['a result without a message', (log) => Object.assign(log.runs[0].results?.[0] as Result, { message: undefined })],
    ['a field that there is not', (log) => Object.assign(log.runs[0], { frames: 1 })],
    ['another version', (log) => Object.assign(log, { version: '2.0.0' })],
  ])('refuses %s', (_, spoil) => {
    const log = logOf(WHOLE_REPORT)
    spoil(log)
    expect(validateSarif(JSON.parse(JSON.stringify(log)))).toBe(false)
  })
})

describe('the SARIF log', () => {
  test('describes every rule, where a result finds it by its index', () => {
    const [{ tool }] = logOf(ordinaryReport()).runs
    expect(tool.driver.rules?.map(({ id }) => id)).toEqual(RULES.map(({ text }) => text.id))
    for (const { shortDescription, fullDescription, help, name } of tool.driver.rules ?? []) {
      expect(name).toMatch(/^([A-Z][a-z0-9]*)+$/)
      for (const text of [shortDescription?.text, fullDescription?.text]) expect(text?.length).toBeLessThan(1024)
      for (const text of [help?.text, help?.markdown]) expect(text).toContain('What to change')
    }
    for (const { ruleId, ruleIndex = -1 } of resultsOf(sampleReport('incident'))) {
      expect(tool.driver.rules?.[ruleIndex]?.id).toBe(ruleId)
    }
  })

  test('says where: the capture, the frame, the call and the stream', () => {
    const [{ locations, properties, level, kind }] = resultsOf(ordinaryReport({ findings: [FINDING] }))
    const call = FINDING.callId
    const stream = `RTP ${STREAM.ssrc} ${STREAM.src} > ${STREAM.dst}`
    expect(locations).toEqual([
      {
        physicalLocation: { artifactLocation: { uri: 'call.pcap', index: 0 } },
        logicalLocations: [
          { name: call, fullyQualifiedName: call, kind: 'call' },
          { name: stream, fullyQualifiedName: `${call}/${stream}`, kind: 'stream' },
        ],
        properties: { frame: 120 },
      },
    ])
    expect({ level, kind }).toEqual({ level: 'warning', kind: 'fail' })
    expect(properties).toMatchObject({ kind: 'beside-srtcp', frames: [120, 431], evidence: { packets: 2 } })
  })

  test('tells what was lost, with its place, and what anomalies there are', () => {
    const [{ invocations, tool }] = logOf(WHOLE_REPORT).runs
    const notifications = invocations?.[0].toolExecutionNotifications ?? []
    expect(notifications.map(({ descriptor }) => descriptor?.id)).toEqual([
      ...['lost', 'truncated', 'malformed', 'dropped', 'undecoded', 'limit'],
      ...Array(3).fill('policy-not-shown'),
    ])
    expect(notifications[0].locations?.[0].physicalLocation?.region).toEqual({ byteOffset: 180_950 })
    expect(notifications[0].message.text).toContain('the capture ends within a record')
    expect(notifications[5]).toMatchObject({
      level: 'warning',
      message: { text: 'callIds, 100,000 Call-IDs at a time: 2 Call-IDs given up' },
    })
    for (const { descriptor } of notifications) {
      expect(tool.driver.notifications?.[descriptor?.index ?? -1]?.id).toBe(descriptor?.id)
    }
  })

  test.each([
    ['error', 0],
    ['warning', 1],
    ['info', 1],
    ['never', 0],
  ] as const)('with --fail-on %s, one warning ends the command with %i', (failOn, exitCode) => {
    const log = JSON.parse([...formatSarif(ordinaryReport(), { ...PLAIN_TEXT, failOn })].join('')) as Log
    expect(log.runs[0].invocations?.[0]).toMatchObject({ exitCode, executionSuccessful: true })
  })

  test('has one fingerprint for a finding, however it is worded and wherever its capture lies', () => {
    const printsOf = (report: Report) => resultsOf(report).map(({ partialFingerprints }) => partialFingerprints)
    const report = sampleReport('incident')
    const prints = printsOf(report)
    const later: Report = {
      ...report,
      captures: report.captures.map((capture) => ({ ...capture, path: `/elsewhere/${capture.path}` })),
      findings: report.findings.map((finding) => ({ ...finding, detail: 'In other words.', evidence: {} })),
    }
    expect(printsOf(later)).toEqual(prints)
    expect(new Set(prints.map((print) => print?.primaryLocationLineHash)).size).toBe(report.findings.length)
    const twice: Finding[] = [FINDING, FINDING]
    expect(new Set(printsOf(ordinaryReport({ findings: twice })).map((print) => JSON.stringify(print))).size).toBe(2)
  })

  test('shows text from the wire and makes no link, no placeholder and no terminal command of it', () => {
    const hostile = '[mend it](https://evil.example) {0} \u001b[2J\u009b31m\u202e'
    const report = ordinaryReport({
      findings: [{ ...FINDING, detail: hostile, callId: hostile, evidence: { header: hostile } }],
      anomalies: [{ layer: 'sip', reason: hostile, count: 1, frames: [] }],
    })
    const text = [...formatSarif(report, PLAIN_TEXT)].join('')
    expect(text).not.toMatch(/[\p{Cf}]|[^\P{Cc}\n]/u)
    const [{ message, properties }] = resultsOf(report)
    const shown = '[mend it]\\(https://evil.example) {{0}} \\u{{1b}}[2J\\u{{9b}}31m\\u{{202e}}'
    expect(message.text?.split('\n')[0]).toBe(shown)
    // Facts are as they were.
    expect(properties?.evidence).toEqual({ header: hostile })
    expect(logOf(report).runs[0].invocations?.[0].toolExecutionNotifications?.at(-1)?.message.text).toContain(shown)
  })

  test('is written a finding at a time', () => {
    let given = 0
    const one = { ...FINDING, streamId: undefined }
    const findings = {
      length: 1000,
      *[Symbol.iterator]() {
        for (given = 1; given <= this.length; given++) yield one
      },
    }
    const results: number[] = []
    for (const piece of formatSarif({ ...ordinaryReport(), findings }, PLAIN_TEXT)) {
      if (piece.includes('"ruleId"')) results.push(given)
    }
    expect(results).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1))
  })
})

test.each([
  ['a/call one.pcap', 'a/call%20one.pcap'],
  ['/var/é#1.pcap', 'file:///var/%C3%A9%231.pcap'],
  ['c:1.pcap', 'c%3A1.pcap'],
  ['-', '-'],
  ['https://store.example/a b.pcap?…', 'https://store.example/a%20b.pcap?%E2%80%A6'],
  ['\ud800.pcap', '%EF%BF%BD.pcap'],
])('a capture %s is at %s', (path, uri) => expect(captureUri(path)).toBe(uri))
