import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Finding, Report } from '../../src/model/report.ts'
import type { FailOn } from '../../src/report/fail-on.ts'
import { formatJunit } from '../../src/report/junit/junit.ts'
import { xmlText } from '../../src/report/junit/xml.ts'
import { SAMPLES, sampleReport } from '../cli/screen/snapshots.ts'
import { junitErrors } from './junit-schema.ts'
import { PLAIN_TEXT } from './plain-text.ts'
import { CALL, FINDING, ordinaryReport, STREAM, WHOLE_REPORT } from './sample-report.ts'

function xmlOf(report: Report, failOn: FailOn = 'error'): string {
  return [...formatJunit(report, { ...PLAIN_TEXT, failOn })].join('')
}

/** Counts of a suite, or of all, as its attributes have them. */
function countsOf(xml: string, tag: string): Record<string, number> {
  const [, attributes] = new RegExp(`<${tag} ([^>]*)>`).exec(xml) as RegExpExecArray
  return Object.fromEntries(
    [...attributes.matchAll(/(tests|failures|errors|skipped)="(\d+)"/g)].map(([, name, n]) => [name, Number(n)]),
  )
}

function times(xml: string, tag: string): number {
  return xml.split(`<${tag}`).length - 1
}

/** The test of a suite, whose name begins so. */
function testCase(xml: string, suite: string, name: string): string {
  const start = xml.indexOf(`<testcase name="${name}`, xml.indexOf(`<testsuite name="${suite}"`))
  expect(start).toBeGreaterThan(0)
  return xml.slice(start, xml.indexOf('<testcase', start + 1))
}

describe('the schema of JUnit', () => {
  const reports: [string, Report][] = [
    ...SAMPLES.map((name): [string, Report] => [name, sampleReport(name)]),
    ['every field', WHOLE_REPORT],
    ['nothing', ordinaryReport({ captures: [], calls: [], streams: [], findings: [] })],
  ]
  test.each(reports)('holds the report of %s, whose counts add up', async (_, report) => {
    for (const failOn of ['error', 'info', 'never'] as const) {
      const xml = xmlOf(report, failOn)
      expect(await junitErrors(xml)).toEqual([])
      const sums = countsOf(xml, 'testsuites')
      expect(sums).toEqual({
        tests: times(xml, 'testcase'),
        failures: times(xml, 'failure '),
        errors: 0,
        skipped: times(xml, 'skipped '),
      })
      for (const suite of xml.split('<testsuite ').slice(1)) {
        const of = countsOf(`<testsuite ${suite}`, 'testsuite')
        expect(of).toEqual({
          tests: times(suite, 'testcase'),
          failures: times(suite, 'failure '),
          errors: 0,
          skipped: times(suite, 'skipped '),
        })
      }
    }
  })

  test.each([
    ['a test without a name', (xml: string) => xml.replace('<testcase name=', '<testcase label=')],
    ['two tests of one name', (xml: string) => xml.replace(/<testcase name="captures[\s\S]*?<\/testcase>/, '$&$&')],
    ['a count in words', (xml: string) => xml.replace('errors="0"', 'errors="none"')],
    ['a control character', (xml: string) => xml.replace('<system-out>', '<system-out>\u001b')],
  ])('refuses %s', async (name, spoil) => {
    const xml = name.startsWith('two')
      ? xmlOf(ordinaryReport()).replaceAll('call.pcap', 'captures')
      : xmlOf(ordinaryReport())
    expect(await junitErrors(xml)).toEqual([])
    const refused = await junitErrors(spoil(xml)).catch(() => ['no XML at all'])
    expect(refused).not.toEqual([])
  })
})

describe('the JUnit report', () => {
  test.each<[FailOn, number]>([
    ['error', 0],
    ['warning', 1],
    ['info', 1],
    ['never', 0],
  ])(
    'with --fail-on %s has %i failing test for a warning, which otherwise stands in what the test says',
    (failOn, n) => {
      const found = testCase(xmlOf(ordinaryReport(), failOn), 'rtcp-in-clear', CALL.callId)
      expect(times(found, 'failure ')).toBe(n)
      expect(found).toContain('192.0.2.10:16405 sends 2 RTCP packets in the clear')
      expect(found).toContain('mend:  Let the sender protect its RTCP')
      expect(found.includes('<system-out>')).toBe(n === 0)
    },
  )

  test('has one test for all that a rule found in a call, and one for what is of no call', () => {
    const { callId: _, ...rest } = FINDING
    const findings: Finding[] = [
      { ...FINDING, severity: 'error', detail: 'One place.' },
      { ...FINDING, detail: 'A lesser place.' },
      { ...FINDING, severity: 'error', detail: 'Another place.' },
      { ...rest, severity: 'error', detail: 'Nobody can tell whose.' },
    ]
    const xml = xmlOf(ordinaryReport({ findings }))
    expect(countsOf(xml, 'testsuite name="rtcp-in-clear"')).toEqual({ tests: 2, failures: 2, errors: 0, skipped: 0 })
    const [failed, output] = testCase(xml, 'rtcp-in-clear', CALL.callId).split('</failure>')
    expect(failed).toMatch(/<failure message="RTCP in the clear[\s\S]*One place\.[\s\S]*Another place\./)
    expect(output).toMatch(/<system-out>[\s\S]*A lesser place\./)
    expect(testCase(xml, 'rtcp-in-clear', 'the whole trace')).toContain('Nobody can tell whose.')
  })

  test('tells of each call whether its media was protected', () => {
    const media = (changes: Partial<Report>) => testCase(xmlOf(ordinaryReport(changes)), 'media', CALL.callId)
    const sound = { ...STREAM, packets: 418, verified: 418, failed: 0, unverified: 0, plain: 0 }
    expect(media({ streams: [sound] })).not.toContain('<skipped')
    expect(media({ streams: [sound] })).toContain('all 418 verified')
    expect(media({ streams: [STREAM] })).toContain(
      '<skipped message="of 418 packets: 10 failed, 2 in the clear, 6 unverified"/>',
    )
    expect(media({ streams: [] })).toContain('<skipped message="no media was captured"/>')
    expect(media({ streams: [STREAM] })).not.toContain('<failure')
  })

  test('fails for media whose tags fail, where a finding of the call makes the command fail', () => {
    const reason = 'message="of 418 packets: 10 failed, 2 in the clear, 6 unverified"'
    const xmlFor = (changes: Partial<Report>, failOn: FailOn = 'error') =>
      xmlOf(ordinaryReport({ streams: [STREAM], findings: [{ ...FINDING, severity: 'error' }], ...changes }), failOn)
    const failed = xmlFor({})
    expect(testCase(failed, 'media', CALL.callId)).toContain(`<failure ${reason} type="media">`)
    expect(countsOf(failed, 'testsuite name="media"')).toEqual({ tests: 1, failures: 1, errors: 0, skipped: 0 })
    const plain = { ...STREAM, failed: 0, plain: 12 }
    const { callId: _, ...nobodys } = { ...FINDING, severity: 'error' as const }
    for (const xml of [xmlFor({}, 'never'), xmlFor({ streams: [plain] }), xmlFor({ findings: [nobodys] })]) {
      expect(testCase(xml, 'media', CALL.callId)).toContain('<skipped')
      expect(countsOf(xml, 'testsuite name="media"')).toEqual({ tests: 1, failures: 0, errors: 0, skipped: 1 })
    }
  })

  test('tells what of a capture was lost, and that a report is anonymised', () => {
    const tells = (report: Report) => testCase(xmlOf(report), 'captures', 'call.pcap')
    expect(tells(WHOLE_REPORT)).toContain('lost from byte 180,950')
    expect(tells({ ...ordinaryReport(), anonymized: true })).toContain('<system-out>Anonymised:')
    expect(tells(ordinaryReport())).not.toContain('Anonymised')
  })

  test('is valid and shows all of a text from the wire, whatever it holds', async () => {
    const text = fc.array(
      fc.oneof(
        fc.constantFrom(
          ']]>',
          '<!--',
          '&#27;',
          '"/><x',
          '\u001b[2J',
          '\u009b',
          '\u202e',
          '\ufffe',
          '\uffff',
          '\ud800',
          '\u0000',
        ),
        fc.string({ unit: 'binary' }),
      ),
      { minLength: 1, maxLength: 20 },
    )
    await fc.assert(
      fc.asyncProperty(text, async (parts) => {
        const hostile = `${parts.join('')}.`
        const xml = xmlOf({
          ...ordinaryReport(),
          calls: [{ ...CALL, callId: hostile, from: hostile, to: hostile }],
          findings: [{ ...FINDING, callId: hostile, detail: hostile, severity: 'error', title: hostile }],
        })
        expect(await junitErrors(xml)).toEqual([])
        expect(xml).not.toMatch(/[\p{Cf}\p{Cs}\ufffe\uffff]|[^\P{Cc}\n]/u)
        expect(xml).toContain(`<failure message="${xmlText(hostile)}"`)
      }),
      { numRuns: 6 },
    )
  })
})
