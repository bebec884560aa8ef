import type { Call, CaptureReport } from '../../model/report.ts'
import type { LargeReport } from '../../model/report-objects.ts'
import { lossesOf } from '../capture-losses.ts'
import type { FailOn } from '../fail-on.ts'
import type { FormatOptions } from '../format-options.ts'
import { ANONYMIZED, count, keptToText, painter, type TextOptions } from '../layout.ts'
import { limitText, reachedLimits } from '../reached-limits.ts'
import { streamsByCall } from '../stream-indexes.ts'
import { linesOfFindings, placesOf } from '../text-findings.ts'
import { streamsLines } from '../text-streams.ts'
import { callsThatFail, divided, type FoundByCall, foundByRule } from './found.ts'
import { mediaTest, type NotShown, notShown } from './media-test.ts'
import { formatTestCase, type TestCase, type TestCounts } from './test-case.ts'
import { xmlTag } from './xml.ts'

/** How the text inside is set. */
const STYLE: TextOptions = { width: 120, color: false, quiet: false, verbose: true }
const PAINT = painter(false)

interface Suite {
  readonly name: string
  readonly counts: TestCounts
  readonly tests: () => Iterable<TestCase>
}

/**
 * The report as JUnit's XML, in pieces: a suite of the captures, one of the calls' media, and one of each rule that found
 * something, with a test for each call. A test fails where a finding of it makes the command fail.
 */
export function* formatJunit(report: LargeReport, { failOn = 'error' }: FormatOptions): Generator<string> {
  const suites = [capturesSuite(report), mediaSuite(report, failOn), ...ruleSuites(report, failOn)]
  const total = (field: keyof TestCounts) => suites.reduce((sum, { counts }) => sum + counts[field], 0)
  const sums = { tests: total('tests'), failures: total('failures'), errors: 0, skipped: total('skipped'), time: 0 }
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<${xmlTag('testsuites', { name: 'srtp-scan', ...sums })}>\n`
  for (const { name, counts, tests } of suites) {
    yield `<${xmlTag('testsuite', { name, ...counts, errors: 0, time: 0 })}>\n`
    for (const test of tests()) yield formatTestCase(name, test)
    yield '</testsuite>\n'
  }
  yield '</testsuites>\n'
}

/** A test for each capture, which passes: there is a report. It says what was lost, and the first one what limits kept out. */
function capturesSuite({ captures, anomalies, anonymized, keptTo }: LargeReport): Suite {
  const said = [...(anonymized ? [ANONYMIZED] : []), ...(keptTo === undefined ? [] : [keptToText(keptTo)])]
  return {
    name: 'captures',
    counts: { tests: captures.length, failures: 0, skipped: 0 },
    tests: () =>
      captures.map((capture, index) => {
        const { path } = capture
        const limits = index === 0 ? reachedLimits(anomalies).map((limit) => `limit reached: ${limitText(limit)}`) : []
        return { name: path, file: path, output: [...said, ...captureLines(capture), ...limits] }
      }),
  }
}

function captureLines(capture: CaptureReport): string[] {
  const { format, linkTypes, frames } = capture
  return [
    `${[format, ...linkTypes].join(', ')}, ${count(frames, 'frame')}`,
    ...lossesOf(capture).map(({ text }) => text),
  ]
}

function mediaSuite(report: LargeReport, failOn: FailOn): Suite {
  const streams = streamsByCall(report)
  const streamsOf = ({ callId }: Call) => streams.get(callId) ?? []
  const failing = callsThatFail(report, failOn)
  const counts = { tests: report.calls.length, failures: 0, skipped: 0 }
  const lackOf = (call: Call): Partial<NotShown> => notShown(streamsOf(call), failing.has(call.callId)) ?? {}
  for (const call of report.calls) {
    const { outcome } = lackOf(call)
    if (outcome !== undefined) counts[outcome]++
  }
  return {
    name: 'media',
    counts,
    *tests() {
      for (const call of report.calls)
        yield mediaTest(call, callName(call), lackOf(call), streamsLines(streamsOf(call), STYLE, PAINT))
    },
  }
}

function ruleSuites(report: LargeReport, failOn: FailOn): Suite[] {
  const places = placesOf(report)
  const names = new Map<string, string>()
  for (const call of report.calls) if (places.startTimes.has(call.callId)) names.set(call.callId, callName(call))
  const testOf = (rule: string, callId: string | undefined, findings: FoundByCall): TestCase => {
    const { failing, other } = divided(findings.get(callId) ?? [], failOn)
    const [first] = failing
    const { capture = 0 } = first ?? other[0]
    const linesOf = (some: typeof failing) => linesOfFindings(some, places, STYLE, PAINT)
    return {
      name: callId === undefined ? 'the whole trace' : (names.get(callId) ?? callId),
      file: report.captures[capture]?.path,
      ...(first !== undefined && {
        failure: {
          type: [rule, first.kind ?? ''].filter(Boolean).join(' '),
          message: first.title,
          lines: linesOf(failing),
        },
      }),
      output: linesOf(other),
    }
  }
  return [...foundByRule(report)].map(([rule, found]) => {
    const failures = [...found.values()].filter((findings) => divided(findings, failOn).failing.length > 0).length
    return {
      name: rule,
      counts: { tests: found.size, failures, skipped: 0 },
      *tests() {
        for (const callId of found.keys()) yield testOf(rule, callId, found)
      },
    }
  })
}

/** Tests of one class need names of their own: GitLab drops all but the first of a name. */
function callName({ callId, from, to }: Call): string {
  return `${callId} (${from} -> ${to})`
}
